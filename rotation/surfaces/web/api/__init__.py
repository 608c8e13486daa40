"""The API: what other systems may ask and order, as JSON, with a token and nothing else."""

from rotation.surfaces.web.api.app import Api
from rotation.surfaces.web.api.endpoints import BELOW

__all__ = ["BELOW", "Api"]
