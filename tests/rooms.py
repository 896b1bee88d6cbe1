"""The rooms of the program, as docs/architecture.md draws them."""

# Each room with those that it may import, beside itself.
GROUND = ("common",)
BASES = (*GROUND, "accounts", "pagecache", "backups")
RECORD = (*BASES, "ledger", "projects", "tasks", "news")
MAY_IMPORT = {
    "common": (),
    "accounts": GROUND,
    "pagecache": GROUND,
    "backups": GROUND,
    "ledger": BASES,
    "projects": RECORD[:5],
    "tasks": RECORD[:6],
    "news": RECORD[:7],
    "website": RECORD,
    "desk": RECORD,
    "huozhou_portal": (*RECORD, "website", "desk"),  # the wiring
}
ROOMS = tuple(MAY_IMPORT)
