"""Answers: everything a person or a program may ask that changes nothing, as data.

What a command prints with `--json` and what the API answers is made here once, or below here. All
of them by name are in `registry`, which a command that needs one of them does not load.
"""
