use facekit::ErrorKind;
use facekit::models::LicensePolicy;
use tempfile::TempDir;

use crate::graph::{FLOAT, Graph, INT64};
use crate::support::*;

/// The error of choosing, or of painting with, a graph with this input and output.
fn refused(input: &str, output: &str) -> facekit::Error {
    let folder = TempDir::new().unwrap();
    let graph = Graph::new().input("content", FLOAT, input).output("output", output);
    graph.write(&folder.path().join("mine.onnx"));
    let models = models(folder.path(), LicensePolicy::Any);
    match stylizer(&models, "mine", None) {
        Ok(stylizer) => paint(&stylizer, &busy(64, 64), 0).unwrap_err(),
        Err(error) => error,
    }
}

#[test]
fn a_graph_that_paints_nothing_is_refused_with_what_was_expected() {
    for (input, output) in [
        ("1 4 64 64", "1 4 64 64"),
        ("1 64 64 1", "1 64 64 1"),
        ("1 64 64 4", "1 64 64 3"),
        ("64 64", "64 64"),
        ("1 1 3 64 64", "1 1 3 64 64"),
        ("1 3 64 64", "1 10"),
    ] {
        let error = refused(input, output);
        assert_error(error, ErrorKind::InvalidModel, &["mine", "image_to_image", "[n, 3, h, w]"]);
    }
    assert_error(
        refused("2 3 64 64", "2 3 64 64"),
        ErrorKind::InvalidModel,
        &["mine", "2 pictures in one run"],
    );
    assert_error(refused("1 3 64 3", "1 3 64 3"), ErrorKind::InvalidModel, &["mine", "`layout`"]);
    assert_error(refused("1 a b c", "1 d e f"), ErrorKind::InvalidModel, &["mine", "`layout`"]);
    assert_error(refused("1 3 99999 9", "1 3 9 9"), ErrorKind::InvalidModel, &["mine", "99999 pixels"]);
}

#[test]
fn an_input_that_is_no_picture_is_refused() {
    let folder = TempDir::new().unwrap();
    let graph = Graph::new().input("content", INT64, "1 3 h w").output("output", "1 3 h w");
    graph.write(&folder.path().join("whole.onnx"));
    let graph =
        Graph::new().input("a", FLOAT, "1 3 h w").input("b", FLOAT, "1 7").output("output", "1 3 h w");
    graph.write(&folder.path().join("seven.onnx"));
    let models = models(folder.path(), LicensePolicy::Any);
    for name in ["whole", "seven"] {
        assert_error(
            stylizer(&models, name, None).unwrap_err(),
            ErrorKind::InvalidModel,
            &[name, "style_transfer"],
        );
    }
}

#[test]
fn an_output_of_another_size_is_scaled_or_refused() {
    assert_error(
        refused("1 3 64 64", "1 3 60 60"),
        ErrorKind::InvalidModel,
        &["60×60 pixels of 64×64", "`multiple`"],
    );
    assert_error(refused("1 3 64 64", "1 3 128 64"), ErrorKind::InvalidModel, &["64×128 pixels of 64×64"]);
    assert_error(refused("1 3 h w", "1 3 h w"), ErrorKind::InvalidModel, &["1×1 pixels of 96×96"]);
    let folder = TempDir::new().unwrap();
    for (name, side) in [("twice", 128), ("half", 32)] {
        let graph =
            Graph::new().input("content", FLOAT, "1 3 64 64").output("output", &format!("1 3 {side} {side}"));
        graph.write(&folder.path().join(format!("{name}.onnx")));
    }
    let models = models(folder.path(), LicensePolicy::Any);
    for name in ["twice", "half"] {
        let path = folder.path().join(format!("{name}.onnx"));
        let painted =
            paint(&stylizer(&models, path.to_str().unwrap(), None).unwrap(), &busy(30, 64), 0).unwrap();
        assert_eq!((painted.width(), painted.height()), (30, 64));
    }
}

#[test]
fn what_a_graph_leaves_free_the_catalogue_tells() {
    let folder = TempDir::new().unwrap();
    // If its channels stood last it would be fed 64 columns, and give 512.
    let graph = Graph::new().input("content", FLOAT, "1 a 64 b").output("output", "1 3 64 512");
    graph.write(&folder.path().join("face_paint_512_v2.onnx"));
    let models = models(folder.path(), LicensePolicy::Any);
    let stylizer = stylizer(&models, "animegan2_face_paint_512_v2", None).unwrap();
    let painted = paint(&stylizer, &busy(30, 64), 0).unwrap();
    // 0 of -1 to 1.
    assert!(painted.pixels().iter().all(|level| level.abs_diff(128) <= 1));
}

#[test]
fn values_that_are_no_numbers_are_an_error() {
    let models = tiny();
    let stylizer = stylizer(&models, "not_a_number", None).unwrap();
    let error = paint(&stylizer, &busy(40, 40), 0).unwrap_err();
    assert_error(error, ErrorKind::Inference, &["not_a_number", "no numbers", "`range`"]);
}

#[test]
fn tiny_and_thin_pictures_keep_their_size() {
    let (models, style) = (tiny(), busy(1, 1));
    for name in [
        "my_cartoongan",
        "candy-9",
        "fritz_starry",
        "dct_net",
        "clip",
        "magenta_style_transfer",
        "two_pictures",
    ] {
        let takes_style = name.contains("magenta") || name == "two_pictures";
        let stylizer = stylizer(&models, name, takes_style.then_some(&style)).unwrap();
        for (width, height) in [(1, 1), (2, 1), (1, 700), (3000, 2)] {
            let painted = paint(&stylizer, &busy(width, height), 0).unwrap();
            assert_eq!((painted.width(), painted.height()), (width, height), "{name}");
        }
    }
}

#[test]
fn a_size_beyond_reason_is_refused() {
    let models = tiny();
    let stylizer = stylizer(&models, "candy-9", None).unwrap();
    for size in [10_000, u32::MAX] {
        let error = paint(&stylizer, &busy(50, 50), size).unwrap_err();
        assert_error(
            error,
            ErrorKind::LimitExceeded,
            &["fast_neural_style_candy", "224×224", "smaller `size`"],
        );
    }
}

#[test]
fn a_style_picture_is_asked_for_where_it_is_needed_and_refused_where_it_is_not() {
    let (models, style) = (tiny(), busy(50, 50));
    for name in ["magenta_style_transfer", "two_pictures"] {
        let error = stylizer(&models, name, None).unwrap_err();
        assert_error(error, ErrorKind::InvalidParameter, &[name, "as `style_image`"]);
    }
    let error = stylizer(&models, "white_box", Some(&style)).unwrap_err();
    assert_error(
        error,
        ErrorKind::InvalidParameter,
        &["white_box", "leave `style_image` out", "magenta_transfer"],
    );
    let error = stylizer(&models, "magenta_style_predict", Some(&style)).unwrap_err();
    assert_error(error, ErrorKind::InvalidParameter, &["paints nothing", "magenta_transfer"]);
}

#[test]
fn a_missing_predictor_is_named_with_its_file() {
    let folder = TempDir::new().unwrap();
    let file = "magenta_style_transfer.onnx";
    std::fs::copy(golden(file), folder.path().join(file)).unwrap();
    let models = models(folder.path(), LicensePolicy::Any);
    let error = stylizer(&models, "magenta_style_transfer", Some(&busy(50, 50))).unwrap_err();
    let words = ["magenta_style_transfer: ", "magenta_predict", "magenta_style_predict_quantized_256.onnx"];
    assert_error(error, ErrorKind::ModelNotFound, &words);
}

#[test]
fn licences_hold_for_stylizers() {
    let models = models(&golden(""), LicensePolicy::Commercial);
    for name in ["white_box", "animegan_v2_hayao", "my_cartoongan"] {
        let error = stylizer(&models, name, None).unwrap_err();
        assert_error(error, ErrorKind::LicenseRefused, &[name, "by name"]);
    }
    stylizer(&models, "dct_net", None).unwrap();
}

#[test]
fn another_role_is_no_stylizer() {
    let models = models(&golden("../swappers"), LicensePolicy::Any);
    let error = stylizer(&models, "inswapper_128", None).unwrap_err();
    assert_error(error, ErrorKind::InvalidModel, &["swapper", "stylizer"]);
    let error = stylizer(&models, "no_such_stylizer", None).unwrap_err();
    assert_error(error, ErrorKind::ModelNotFound, &["no_such_stylizer"]);
}
