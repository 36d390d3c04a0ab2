//! Depth networks against their own pre- and post-processing in Python.

use facekit::models::Role;
use facekit::style::DepthNetwork;
use facekit::{CancelToken, ErrorKind};
use serde::Deserialize;

use crate::graph::{FLOAT, Graph};
use crate::places::Bytes;
use crate::{golden, golden_path, models, picture, read};

#[derive(Deserialize)]
struct Case {
    name: String,
    graph: String,
    image: String,
    levels: Bytes,
}

#[test]
fn control_pictures_are_within_a_level() {
    let models = models(None);
    let cases: Vec<Case> = read("instantid/depth.json");
    for case in &cases {
        let network = DepthNetwork::new(models.get(Role::Depth, Some(&golden_path(&case.graph))).unwrap());
        let image = picture(&case.image);
        let made = network
            .unwrap()
            .control_picture(image.view(), image.width(), image.height(), &CancelToken::new())
            .unwrap();
        let expected = case.levels.of(golden("instantid/pictures.bin"));
        assert_eq!(made.pixels().len(), 3 * expected.len(), "{}", case.name);
        let apart = made.pixels().chunks(3).zip(&expected);
        let apart = apart.map(|(pixel, level)| pixel.iter().map(|p| p.abs_diff(*level)).max().unwrap());
        let apart: Vec<u8> = apart.collect();
        let worst = apart.iter().copied().max().unwrap();
        assert!(worst <= 1, "{}: {worst} levels", case.name);
    }
    assert!(cases.len() >= 6, "only {} cases", cases.len());
}

#[test]
fn depths_are_given_in_the_size_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flat.onnx");
    Graph::new().input("0", FLOAT, "1 3 32 32").output("1", "1 32 32").write(&path);
    let models = models(None);
    let network = DepthNetwork::new(models.get(Role::Depth, path.to_str()).unwrap()).unwrap();
    let image = picture("instantid/images/pair.png");
    let made = network.control_picture(image.view(), 40, 24, &CancelToken::new()).unwrap();
    assert_eq!((made.width(), made.height()), (40, 24));
    assert!(made.pixels().iter().all(|level| *level == 0), "nothing is nearer than anything else");
}

#[test]
fn a_graph_of_a_size_beyond_reason_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vast.onnx");
    let models = models(None);
    for size in ["100000 2", "2 4097"] {
        Graph::new().input("0", FLOAT, &format!("1 3 {size}")).output("1", &format!("1 {size}")).write(&path);
        let model = models.get(Role::Depth, path.to_str());
        let error = DepthNetwork::new(model.unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        assert!(error.to_string().contains("1 to 4096"), "{error}");
    }
}
