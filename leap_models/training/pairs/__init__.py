"""Songs and their piano covers, as people have them, into examples that LEAP learns from.

    index -> listening -> warping -> tune, grids -> verdict -> example
      |          |            |            |           |          |
    pairs    what sounds   cover on     accuracy,    kept, or    .npz as `leap_models.training.examples` has them,
    of files  when         the song     beats, bars  a code      and one .json with every number

Conventions: features and tunes have 50 frames a second; a warp leads from seconds of the cover to seconds of the song.
"""
