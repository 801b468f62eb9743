"""The service's own addresses: one Apprise address a line in a file that the settings name."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from control.notify.addresses import read_address, shown
from control.notify.deliveries import Recipient
from engines.contract.errors import BadData, BadUsage, InputMissing


def read_service_addresses(file: Path | None) -> dict[str, str]:
    """The addresses by their keys, which tell nothing of them and last as long as they do.

    Empty lines and those that begin with ``#`` are passed over.

    Raises:
        InputMissing: the file cannot be read.
        BadData: it is no text.
    """
    if file is None:
        return {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        hint = "see notifications.addresses_file"
        raise InputMissing(f"{file}: {error.strerror}", hint=hint) from error
    except UnicodeDecodeError:
        raise BadData(f"{file}: no text in UTF-8", hint="one address a line") from None
    addresses = [line.strip() for line in lines]
    return {key_of("service", each): each for each in addresses if each and each[0] != "#"}


def problems_of(file: Path | None) -> list[str]:
    """What is wrong with the file, a line each; for doctor. No address is in it."""
    try:
        addresses = read_service_addresses(file)
    except (InputMissing, BadData) as error:
        return [error.message]
    found = []
    for address in addresses.values():
        try:
            read_address(address)
        except BadUsage as error:
            found.append(f"{file}: {error.message}")
    return found


def service_recipient(key: str, addresses: Mapping[str, str]) -> Recipient:
    """Whoever is at one of the addresses; one that Apprise does not know is shown as that."""
    try:
        return Recipient(key, shown(read_address(addresses[key])))
    except BadUsage:
        return Recipient(key, "an address that Apprise does not know")


def key_of(whose: str, address: str) -> str:
    """A key of an address that tells nothing of it."""
    return f"{whose} {sha256(address.encode()).hexdigest()[:16]}"
