//! The same network outputs give the same faces as the reference decoders: within 1e-3 px and 1e-5 of score.

use facekit::Face;

use crate::network::Case;

#[test]
fn faces_equal_those_of_the_reference_decoders() {
    for (name, case) in Case::all() {
        let mut faces = case.decode().unwrap();
        if name == "yunet" {
            // OpenCV sorts by score before it returns.
            faces.sort_by(|a, b| b.score.total_cmp(&a.score));
        }
        assert_eq!(faces.len(), case.faces.len(), "{name}");
        for (index, (face, expected)) in faces.iter().zip(&case.faces).enumerate() {
            let found = row(face);
            assert_eq!(found.len(), expected.len(), "{name}, face {index}");
            for (column, (found, expected)) in found.iter().zip(expected).enumerate() {
                let tolerance = if column == 4 { 1e-5 } else { 1e-3 };
                assert!(
                    (found - expected).abs() <= tolerance,
                    "{name}, face {index}, column {column}: {found} is not {expected}"
                );
            }
        }
    }
}

fn row(face: &Face) -> Vec<f64> {
    let rect = face.rect;
    let mut row = vec![rect.x, rect.y, rect.width, rect.height, face.score];
    row.extend(face.points.iter().flatten().flat_map(|p| [p.x, p.y]));
    row.into_iter().map(f64::from).collect()
}
