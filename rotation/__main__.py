"""`python -m rotation`, and the `rotation` command."""

from rotation.surfaces.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
