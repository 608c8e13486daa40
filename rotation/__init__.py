"""rotation keeps the right people in chat groups: handovers carried out, proven and remembered."""
