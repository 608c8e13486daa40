"""Duty as calendar applications and spreadsheets read it."""
