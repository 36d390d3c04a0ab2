//! ONNX Runtime: finding it, loading it, and running models on it. The only folder that names `ort`.

mod binding;
mod environment;
mod graph_cache;
mod library;
mod outputs;
mod provider;
mod replicas;
mod session;
mod session_options;
mod start;
mod tensor;
mod weights;

pub use binding::{Binding, Place, Value};
pub use environment::{Runtime, RuntimeInfo, oldest_version};
pub use outputs::{Output, Outputs};
pub use provider::{Provider, ProviderRefusal};
pub use session::{Session, TensorInfo};
pub use session_options::SessionOptions;
pub use tensor::{Canvas, ChannelOrder, Layout, Phase, PixelCoding};
pub use weights::Weights;
