"""The mathematics of diffusion, once, for every family.

Symbols, as in the papers, used only in here: `x0` data, `eps` unit Gaussian noise, `t` in 0..1 from data to noise,
`x_t = alpha(t) x0 + sigma(t) eps`, and the velocity `v = d x_t / dt`.
"""
