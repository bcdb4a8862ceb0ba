"""Template packs: find, read, inherit, ask, render. docs/packs.md tells their form."""
