"""The part that only thinks: no input, no output, no clock, no chance. `now` is an argument."""
