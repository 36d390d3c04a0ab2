//! The styles as image processing, and what they stand on, on a photograph of a megapixel.

use criterion::Criterion;
use facekit::geometry::{Filter, GuidedFilter, oklab_planes, resize};
use facekit::params::DetectParams;
use facekit::style::{Classic, ClassicOptions, Portrait, Style};
use facekit::{Engine, Image, Limits};

fn styles(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("style/1 MP");
    group.sample_size(10);
    let photo = Image::open("examples/photos/astronaut.png", &Limits::default()).unwrap();
    let picture = resize(photo.view(), 1000, 1000, Filter::CatmullRom).unwrap();
    let engine = Engine::builder().build().unwrap();
    let params = DetectParams { landmarks: true, ..DetectParams::default() };
    let faces = engine.detect(&picture, &params).unwrap().faces;

    group.bench_function("subject", |b| {
        b.iter(|| Portrait::new(picture.clone(), faces.clone(), None).unwrap());
    });
    let portrait = Portrait::new(picture.clone(), faces.clone(), None).unwrap();
    let samples = std::slice::from_ref(&portrait);
    for style in Style::ALL {
        let classic = Classic::new(*style, ClassicOptions::default(), samples).unwrap();
        group.bench_function(style.name(), |b| b.iter(|| classic.paint(&portrait).unwrap()));
    }

    group.bench_function("OKLab planes", |b| b.iter(|| oklab_planes(picture.view())));
    let planes = oklab_planes(picture.view());
    for shrink in [1, 4] {
        group.bench_function(format!("guided filter, radius 16, shrink {shrink}"), |b| {
            b.iter(|| {
                let filter = GuidedFilter::of_picture(picture.view(), 16, 1e-3, shrink).unwrap();
                filter.filter(&planes[0]).unwrap()
            });
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    styles(&mut criterion);
    criterion.final_summary();
}
