"""After years: with a million attempts behind it nothing that is asked every day reads them all.

The statements are those that were said while a desk went on through two handovers, and while
somebody looked at it from the command line. Each is said to the database again, which must not
have to go through more rows than one looks at in a week.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest
from sqlalchemy import Engine, event

from rotation.ledger import upgrade
from tests_desk import Office, rehearse  # placeholder
