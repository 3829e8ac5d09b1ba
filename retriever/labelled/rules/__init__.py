"""What people edit of how labels are read: one YAML file a purpose."""

from functools import partial

from isco.core.packaged_rules import packaged_rules

load_rules = partial(packaged_rules, __name__)
