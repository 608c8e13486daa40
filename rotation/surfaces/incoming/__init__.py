"""Integrations in: what a CRM or a billing system tells, carried out as if by command.

A hook is one sender. How to read what it sends is data (`mappings/`). `signatures.py` tells whether
it is authentic, `payload.py` what it asks for, and `deeds.py` carries that out, each delivery once;
`entrance.py` is where one comes in.
"""
