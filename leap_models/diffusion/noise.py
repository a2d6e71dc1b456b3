"""Unit noise that any language can make again from its seed, so that a seed's music is the same everywhere.

1. Bits: Philox4x64-10 with the seed as its key, counters 1, 2, 3 ..., four words of 64 bits each, in their order.
2. Each word's upper 53 bits, k, become the number (k + 1) / 2^53 in (0, 1].
3. Two such numbers, a and b, become two of noise: sqrt(-2 ln a) cos(2 pi b) and sqrt(-2 ln a) sin(2 pi b).
4. All in double precision, in the end rounded to single: what logarithms and cosines of different libraries differ in
   lies thirty bits below that.

Sources: Salmon et al. 2011 (Philox); Box & Muller 1958.
"""

import math

import numpy as np
import numpy.typing as npt


def unit_noise(count: int, seed: int) -> npt.NDArray[np.float32]:
    """(count,) independent normal numbers of mean 0 and variance 1.

    Args:
        seed: from 0 to 2^64 - 1; each gives noise of its own.
    """
    pairs = (count + 1) // 2
    words = np.random.Philox(key=seed).random_raw(2 * pairs)
    shares = ((words >> np.uint64(11)) + np.uint64(1)).astype(np.float64) * 2.0**-53
    lengths, angles = np.sqrt(-2.0 * np.log(shares[0::2])), (2.0 * math.pi) * shares[1::2]
    noise = np.stack([lengths * np.cos(angles), lengths * np.sin(angles)], axis=1)
    return noise.reshape(-1)[:count].astype(np.float32)
