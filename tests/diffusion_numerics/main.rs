//! Noise and schedulers, held to PyTorch and diffusers by golden numbers.

mod behaviour;
mod noise;
mod schedulers;
mod support;
