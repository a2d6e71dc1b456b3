"""A client of the daemon as a stranger would write it: from README alone, with nothing but Python's own library.

Usage: python stranger.py PORT SONG.wav DIFFICULTY [KEY VALUE ...]    prints one note a line, then where the .mid is.
"""

import socket
import struct
import sys
import time


def text(value):
    raw = value.encode() + b"\0"
    return raw + b"\0" * (-len(raw) % 4)


def pack(address, *values):
    tags = ["s" if isinstance(each, str) else "i" if isinstance(each, int) else "f" for each in values]
    body = b"".join(text(v) if tag == "s" else struct.pack(">" + tag, v) for tag, v in zip(tags, values, strict=True))
    return text(address) + text("," + "".join(tags)) + body


def unpack(packet):
    def word(start):
        end = packet.index(b"\0", start)
        return packet[start:end].decode(), end + 4 - end % 4

    address, at = word(0)
    tags, at = word(at)
    values = []
    for tag in tags[1:]:
        value, at = word(at) if tag == "s" else (struct.unpack_from(">" + tag, packet, at)[0], at + 4)
        values.append(value)
    return address, values


def main(port, song, difficulty, *pairs):
    arrange = ("/leap/arrange", 2, song, 0.0, 0.0, float(difficulty), 7, *pairs)
    session = job = 0
    parts, counts, last, spoke_s = {}, {}, None, 0.0  # (window, part) -> numbers, window -> number of its parts
    daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    daemon.settimeout(0.5)
    daemon.connect(("127.0.0.1", int(port)))
    while last is None or any((w, p) not in parts for w in range(last[1]) for p in range(counts.get(w, 1))):
        if time.monotonic() - spoke_s > 0.5:  # say that we are there, and ask for whatever did not come
            spoke_s = time.monotonic()
            needs = [("/leap/need", 3, job, window) for window in range(last[1] if last else 0)]
            wishes = [("/leap/need", 3, job, -1), *needs] if job else [arrange] if session else []
            for wish in [("/leap/hello", 1, 0, "stranger", 1, ""), *wishes]:
                daemon.send(pack(*wish))
        try:
            address, values = unpack(daemon.recv(65536))
        except TimeoutError:
            continue
        if address == "/leap/welcome":
            session, spoke_s = values[4], spoke_s if session else 0.0
        elif address == "/leap/accepted":
            job = values[1]
        elif address == "/leap/notes":
            counts[values[1]], parts[values[1], values[2]] = values[3], values[4:]
        elif address == "/leap/error":
            sys.exit(f"{values[2]}: {values[3]}")
        elif address in ("/leap/done", "/leap/cancelled"):
            last = values
    numbers = [number for key in sorted(parts) for number in parts[key]]
    for index in range(0, len(numbers), 5):
        print(*numbers[index : index + 5])
    print(last[-1])


main(*sys.argv[1:])
