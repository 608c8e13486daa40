"""The ways in (command line, daemon, web) and the ways out (log, service manager, alerts)."""
