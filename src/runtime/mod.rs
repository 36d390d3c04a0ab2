//! ONNX Runtime: finding it, loading it, and running models on it. The only folder that names `ort`.

mod binding;
mod environment;
mod graph_cache;
mod library;
mod outputs;
mod provider;
mod replicas;
mod session;
mod tensor;
mod weights;

pub use binding::{Binding, Place, Value};
pub use environment::{Runtime, RuntimeInfo, oldest_version};
pub use outputs::{Output, Outputs};
pub use provider::{Provider, ProviderRefusal};
pub use session::{Session, SessionOptions, TensorInfo};
pub use tensor::{Canvas, ChannelOrder, Layout, Phase, PixelCoding};
pub use weights::Weights;
