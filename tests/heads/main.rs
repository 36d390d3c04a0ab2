//! Detector heads: parity with the reference decoders, and what they make of networks that put out nonsense.

mod hostile;
mod network;
mod parity;
