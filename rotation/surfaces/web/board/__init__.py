"""The board as pages: who is in each room, on whose word, and what needs a person. Only reads."""

from rotation.surfaces.web.board.live import Watchers
from rotation.surfaces.web.board.pages import routes

__all__ = ["Watchers", "routes"]
