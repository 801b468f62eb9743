"""References as an index of their words: made, kept, mapped."""

from engines.screen.index.build import build_index as build_index
from engines.screen.index.kept import kept_index as kept_index
from engines.screen.index.layout import Index as Index
from engines.screen.index.layout import load_index as load_index
