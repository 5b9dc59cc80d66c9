"""Backups: one file with every row and every file of an installation, whichever database it has.

The file is a ZIP: `tables/NAME.ndjson` with a row a line, `files/NAME` from the store, and last `manifest.json` with
the counts and the SHA-256 of each. With a backup key the whole of it is encrypted, and it holds the secret key too.
"""

from charter.services.backups.errors import CannotRestoreError
from charter.services.backups.reading import Restored, restore_backup
from charter.services.backups.writing import Manifest, write_backup

__all__ = ["CannotRestoreError", "Manifest", "Restored", "restore_backup", "write_backup"]
