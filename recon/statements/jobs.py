"""What the scheduler does for the statements of one entity: files out of a watched folder.

They lie in `LEDGERFLOW_STATEMENT_FOLDER/<entity>/<account>/`, by the codes of both, or in `<entity>/` where the file
tells the bank accounts. Each is imported and moved to `done`, or to `failed` with the reason beside it as
`FILE.reason.txt`. A worker that is killed between the two finds the file again, and its hash in the books.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import structlog

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError, OutcomeUnknown, TryAgain
from recon.statements import files
from recon.statements.bank_accounts import bank_accounts
from recon.statements.errors import BankAccountRevised, StatementFileKnown
from recon.statements.importing import import_file

log = structlog.get_logger(__name__)
ACTOR = "system:statement-folder"
FILES_AT_ONCE = 100


def entities_with_folders() -> list[UUID]:
    """The entities that have a folder to watch."""
    root = files.watched_root()
    if root is None:
        return []
    return [one.id for one in Entity.objects.all() if files.folder_below(root, one.code) is not None]


def pick_up_statements(entity_id: UUID) -> bool:
    """Import what lies in the folder of an entity and in those of its bank accounts; whether there may be more."""
    root = files.watched_root()
    entity = Entity.objects.get(id=entity_id)
    left = FILES_AT_ONCE
    for bank_account_id, *codes in _folders(entity):
        folder = None if root is None else files.folder_below(root, *codes)
        found = [] if folder is None else files.settled_files(folder)
        for file in found[:left]:
            _take(entity_id, bank_account_id, file)
        left -= len(found)
        if left < 0:
            return True
    return False


def _folders(entity: Entity) -> Iterator[tuple[UUID | None, *tuple[str, ...]]]:
    """The bank account and the names of each folder; None for what tells its bank accounts by itself."""
    yield None, entity.code
    for bank in bank_accounts(entity.id):
        if bank.account.code not in {files.DONE, files.FAILED}:  # there lie the files of the entity's own folder
            yield bank.pk, entity.code, bank.account.code


def _take(entity_id: UUID, bank_account_id: UUID | None, file: files.Settled) -> None:
    try:
        import_file(entity_id, bank_account_id, files.bytes_of(file.path), file.path.name, actor=ACTOR)
    except StatementFileKnown:
        log.info("statement_file_known", file=str(file.path))
    except (TryAgain, OutcomeUnknown, BankAccountRevised) as error:
        log.warning("statement_file_waits", file=str(file.path), error=error.message)
        return
    except LedgerError as refusal:
        files.move_to_failed(file.path, refusal.message)
        return
    except FileNotFoundError:
        return  # somebody took it away
    except OSError as error:
        log.warning("statement_file_unreadable", file=str(file.path), error=str(error))
        return
    files.move_to_done(file.path)
