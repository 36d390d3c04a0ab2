//! Nonsense from a network is an error or no face, never a panic, and never costs a face that is there.

use facekit::ErrorKind;
use facekit::face::heads::DetectorFamily;
use facekit::face::{MAX_CANDIDATES, nms};
use facekit::runtime::Outputs;
use ndarray::{ArrayD, Axis, Slice};

use crate::network::Case;

const NONSENSE: [f32; 7] =
    [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, f32::MIN_POSITIVE, -0.0];

#[test]
fn a_missing_output_is_an_error_that_names_the_rest() {
    for (name, mut case) in Case::all() {
        case.outputs.pop();
        let error = case.decode().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel, "{name}");
        assert!(error.to_string().contains(case.family.name()), "{name}: {error}");
    }
}

#[test]
fn an_output_of_another_shape_is_an_error_with_both_shapes() {
    for (name, mut case) in Case::all() {
        for output in 0..case.outputs.len() {
            let whole = case.outputs[output].1.clone();
            for axis in (0..whole.ndim()).map(Axis) {
                let shorter = whole.slice_axis(axis, Slice::from(..-1)).to_owned();
                let longer = ndarray::concatenate![axis, whole, whole];
                for wrong in [shorter, longer] {
                    let shape = format!("{:?}", wrong.shape());
                    case.outputs[output].1 = wrong;
                    let error = case.decode().unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::InvalidModel, "{name}");
                    let message = error.to_string();
                    assert!(message.contains(&shape) && message.contains("expected"), "{name}: {error}");
                }
            }
            case.outputs[output].1 = whole;
        }
    }
}

#[test]
fn an_output_of_too_few_or_too_many_axes_is_an_error() {
    for (name, mut case) in Case::all() {
        let len = case.outputs[0].1.len();
        for shape in [vec![len], vec![len, 1, 1, 1], vec![2, 0, 2], vec![0]] {
            let len = shape.iter().product();
            case.outputs[0].1 = ArrayD::from_shape_vec(shape, vec![1.0; len]).unwrap();
            let kind = case.decode().unwrap_err().kind();
            assert_eq!(kind, ErrorKind::InvalidModel, "{name}");
        }
    }
}

#[test]
fn an_output_may_be_a_view_that_skips_and_have_more_axes_of_one() {
    for (name, case) in Case::all() {
        let expected = case.decode().unwrap();
        let spread: Vec<_> = case
            .outputs
            .iter()
            .map(|(name, values)| {
                let shape: Vec<_> = values.shape().iter().map(|len| 2 * len).collect();
                let mut spread = ArrayD::from_elem(shape, f32::NAN);
                every_second(&mut spread).assign(values);
                (name, spread)
            })
            .collect();
        let views = spread.iter().map(|(name, values)| {
            let mut view = values.view();
            view.slice_each_axis_inplace(|_| Slice::new(0, None, 2));
            (name.as_str(), view.insert_axis(Axis(0)))
        });
        let faces = case.family.decode(&Outputs::new(views), case.width, case.height, case.threshold);
        assert_eq!(faces.unwrap(), expected, "{name}");
    }
}

#[test]
fn numbers_that_are_none_give_only_finite_faces() {
    for (name, sound) in Case::all() {
        for nonsense in NONSENSE {
            let mut all = sound.clone();
            for output in 0..sound.outputs.len() {
                all.outputs[output].1.fill(nonsense);
                let mut case = sound.clone();
                case.outputs[output].1.fill(nonsense);
                assert_finite(name, &case);
                case.outputs[output].1.assign(&sound.outputs[output].1);
                case.outputs[output].1.iter_mut().step_by(3).for_each(|value| *value = nonsense);
                assert_finite(name, &case);
            }
            assert_finite(name, &all);
        }
    }
}

#[test]
fn a_threshold_that_is_no_number_finds_nothing() {
    for (name, mut case) in Case::all() {
        case.threshold = f32::NAN;
        assert_eq!(case.decode().unwrap(), [], "{name}");
    }
}

#[test]
fn an_input_without_pixels_takes_only_empty_outputs() {
    for (name, mut case) in Case::all() {
        (case.width, case.height) = (0, 0);
        assert_eq!(case.decode().unwrap_err().kind(), ErrorKind::InvalidModel, "{name}");
        for (_, values) in &mut case.outputs {
            let anchors = if case.family == DetectorFamily::Yoloface { 2 } else { values.ndim() - 2 };
            values.slice_axis_inplace(Axis(anchors), Slice::from(..0));
        }
        assert_eq!(case.decode().unwrap(), [], "{name}");
    }
}

#[test]
fn an_input_of_absurd_size_is_an_error() {
    for (name, mut case) in Case::all() {
        (case.width, case.height) = (u32::MAX, u32::MAX);
        assert_eq!(case.decode().unwrap_err().kind(), ErrorKind::InvalidModel, "{name}");
    }
}

/// facefusion's decoders lose a face that is alone on its stride with index 0.
#[test]
fn the_first_anchor_of_each_stride_counts() {
    for (name, index, outputs) in [
        ("yunet", 0, vec!["cls_8", "obj_8"]),
        ("yunet", 0, vec!["cls_16", "obj_16"]),
        ("yunet", 0, vec!["cls_32", "obj_32"]),
        ("scrfd_9", 0, vec!["score_8"]),
        ("scrfd_9", 0, vec!["score_16"]),
        ("scrfd_9", 0, vec!["score_32"]),
        ("scrfd_10", 0, vec!["score_64"]),
        ("scrfd_10", 0, vec!["score_128"]),
        ("retinaface_logits", 1, vec!["conf"]),
        ("retinaface_logits", 2 * 234 + 1, vec!["conf"]),
        ("retinaface_logits", 2 * 304 + 1, vec!["conf"]),
        ("blazeface_front", 0, vec!["classifiers"]),
        ("blazeface_front", 512, vec!["classifiers"]),
        ("yoloface", 4 * 315, vec!["output0"]),
        ("yoloface", 4 * 315 + 240, vec!["output0"]),
        ("yoloface", 4 * 315 + 300, vec!["output0"]),
    ] {
        let (_, mut case) = Case::all().find(|(of, _)| *of == name).unwrap();
        for (output, values) in &mut case.outputs {
            match case.family {
                DetectorFamily::Yoloface => values.index_axis_mut(Axis(1), 4).fill(0.0),
                _ if is_score(output) => values.fill(-99.0),
                _ => values.mapv_inplace(f32::abs),
            }
            if outputs.contains(&output.as_str()) {
                values.as_slice_mut().unwrap()[index] = 99.0;
            }
        }
        assert_eq!(case.decode().unwrap().len(), 1, "{name}, {outputs:?} at {index}");
    }
}

fn is_score(output: &str) -> bool {
    let starts = ["cls", "obj", "score", "conf", "class"];
    starts.iter().any(|start| output.starts_with(start))
}

fn every_second(values: &mut ArrayD<f32>) -> ndarray::ArrayViewMutD<'_, f32> {
    let mut view = values.view_mut();
    view.slice_each_axis_inplace(|_| Slice::new(0, None, 2));
    view
}

fn assert_finite(name: &str, case: &Case) {
    for threshold in [case.threshold, 0.0, f32::NEG_INFINITY] {
        let faces = case.family.decode(&case.views(), case.width, case.height, threshold).unwrap();
        for face in &faces {
            let rect = face.rect;
            let points = face.points.iter().flatten().flat_map(|p| [p.x, p.y]);
            let numbers = [rect.x, rect.y, rect.right(), rect.bottom(), rect.area()];
            assert!(numbers.into_iter().chain(points).all(f32::is_finite), "{name}: {face:?}");
            assert!((0.0..=1.0).contains(&face.score) && rect.area() >= 0.0, "{name}: {face:?}");
        }
        assert!(nms(faces, 0.4).len() <= MAX_CANDIDATES);
    }
}
