"""An agent that lies, for ``plumbline`` of a launcher: it takes a run on, and then lies.

    lying_agent.py FOLDER SAYS agent

SAYS is a file: what it says when it is to follow, and the parcels and contents of its results.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any


def _say(head: dict[str, Any], body: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps({**head, "bytes": len(body)}).encode() + b"\n" + body)
    sys.stdout.buffer.flush()


def main() -> None:
    """Answer every order."""
    folder, says = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    path = folder
    print("plumbline-agent 1", flush=True)
    results = []
    while line := sys.stdin.buffer.readline():
        head = json.loads(line)
        sys.stdin.buffer.read(head["bytes"])
        match head["order"]:
            case "open":
                path = folder / head["run_id"]
                (path / ".outgoing").mkdir(parents=True, exist_ok=True)
                told = {"path": str(path), "free": 10**13, "rsync": False, "is_asked": True}
                _say({"type": "answer", **told, "attempt": "", "others": [], **says["open"]})
            case "follow":
                _say({"type": "answer"})
                sys.stdout.write(says["news"])
                sys.stdout.flush()
                _say({"type": "over", "state": "completed", "why": ""})
            case "results":
                for file, text in says["results"].items():
                    name = hashlib.sha256(text.encode()).hexdigest()
                    (path / ".outgoing" / name).write_text(text)
                    results.append({"path": file, "size": len(text), "sha256": name})
                _say({"type": "answer", "left": [], "left_count": 0}, _list(results))
            case _:
                _say({"type": "answer", "state": "running"})


def _list(results: list[dict[str, Any]]) -> bytes:
    return json.dumps({"parcels": results}).encode()


if __name__ == "__main__":
    main()
