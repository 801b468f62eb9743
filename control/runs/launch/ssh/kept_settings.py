"""The settings of the service as a launch found them: ``settings.json`` of the run directory."""

from control.record.lines import parse
from control.record.run_dir import RunDir
from control.record.small_file import read_small
from control.settings import Settings
from engines.contract.errors import BadData


def read_settings(run_dir: RunDir) -> Settings:
    """The settings with which the driver of a run was launched.

    Raises:
        BadData: they are not there, or make no sense.
    """
    try:
        return Settings.model_validate(parse(read_small(run_dir.settings)))
    except OSError as error:
        raise BadData(f"{run_dir.settings}: {error.strerror}") from None
    except ValueError as error:
        raise BadData(f"{run_dir.settings}: {' '.join(str(error).split())[:300]}") from None
