//! Shapes, and how much of a pixel they cover. Only `+ - * /` and square roots of numbers are used, which
//! give the same bits on every machine.

use crate::picture::{Picture, Rgb};

/// A place in a drawing, in its own units.
pub(crate) type Point = (f32, f32);

/// A shape: a set of points.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape<'a> {
    /// A line with round ends through some points: its thickness.
    Line(&'a [Point], f32),
    /// A full circle: centre and radius.
    Disc(Point, f32),
    /// A rectangle with rounded corners: two opposite corners and the radius.
    Box(Point, Point, f32),
    /// A polygon's inside.
    Area(&'a [Point]),
}

impl Shape<'_> {
    fn has(&self, (x, y): Point) -> bool {
        match *self {
            Shape::Line(points, thick) => {
                let near = |a, b| distance2((x, y), a, b) <= thick * thick / 4.0;
                points.windows(2).any(|pair| near(pair[0], pair[1]))
            }
            Shape::Disc((cx, cy), r) => square(x - cx) + square(y - cy) <= r * r,
            Shape::Box((x0, y0), (x1, y1), r) => {
                let outside = |v: f32, from: f32, to: f32| beyond(v, from + r, to - r).max(0.0);
                square(outside(x, x0, x1)) + square(outside(y, y0, y1)) <= r * r
            }
            Shape::Area(points) => {
                // A ray to the right crosses the border an odd number of times.
                sides(points).fold(false, |inside, ((ax, ay), (bx, by))| {
                    let crosses = (ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax;
                    inside != crosses
                })
            }
        }
    }

    /// The rectangle around it: its upper left and lower right corner.
    fn bounds(&self) -> [Point; 2] {
        let around = |points: &[Point], by: f32| {
            let least = |(x, y): Point, p: &Point| (x.min(p.0 - by), y.min(p.1 - by));
            let most = |(x, y): Point, p: &Point| (x.max(p.0 + by), y.max(p.1 + by));
            let all = points.iter();
            [
                all.clone().fold((f32::INFINITY, f32::INFINITY), least),
                all.fold((f32::NEG_INFINITY, f32::NEG_INFINITY), most),
            ]
        };
        match *self {
            Shape::Line(points, thick) => around(points, thick / 2.0),
            Shape::Disc(centre, r) => around(&[centre], r),
            Shape::Box(from, to, _) => [from, to],
            Shape::Area(points) => around(points, 0.0),
        }
    }

    /// The distance of a place from the border, or less; negative inside.
    fn distance(&self, (x, y): Point) -> f32 {
        let nearest = |all: &mut dyn Iterator<Item = (Point, Point)>| {
            all.map(|(a, b)| distance2((x, y), a, b)).fold(f32::INFINITY, f32::min).sqrt()
        };
        match *self {
            Shape::Line(points, thick) => {
                nearest(&mut points.windows(2).map(|pair| (pair[0], pair[1]))) - thick / 2.0
            }
            Shape::Disc((cx, cy), r) => (square(x - cx) + square(y - cy)).sqrt() - r,
            Shape::Box((x0, y0), (x1, y1), r) => {
                let (across, down) = (beyond(x, x0 + r, x1 - r), beyond(y, y0 + r, y1 - r));
                match across.max(down) {
                    inside if inside <= 0.0 => inside - r,
                    _ => (square(across.max(0.0)) + square(down.max(0.0))).sqrt() - r,
                }
            }
            Shape::Area(points) => {
                let border = nearest(&mut sides(points));
                if self.has((x, y)) { -border } else { border }
            }
        }
    }
}

/// The sides of a polygon.
fn sides(points: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    points.iter().copied().zip(points.iter().copied().cycle().skip(1))
}

/// How far `v` lies outside of a range; negative inside.
fn beyond(v: f32, from: f32, to: f32) -> f32 {
    (from - v).max(v - to)
}

fn square(v: f32) -> f32 {
    v * v
}

/// The square of the distance between a point and the line from `a` to `b`.
fn distance2((x, y): Point, a: Point, b: Point) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let len2 = square(dx) + square(dy);
    let along = if len2 > 0.0 { ((x - a.0) * dx + (y - a.1) * dy) / len2 } else { 0.0 };
    let along = along.clamp(0.0, 1.0);
    square(x - a.0 - along * dx) + square(y - a.1 - along * dy)
}

/// The colours of a drawing, which are mixed in later: drawings of one symbol differ in the first only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// The tile below a symbol.
    Tile,
    /// The symbol itself.
    Symbol,
}

/// A layer of a drawing: shapes of one ink. `None` cuts holes into the layers below.
#[derive(Debug, Clone)]
pub(crate) struct Layer<'a> {
    pub(crate) shapes: Vec<Shape<'a>>,
    pub(crate) ink: Option<Ink>,
}

/// A layer of simple shapes, each with the rectangle around it, so that only those nearby are looked at.
struct Pieces<'a> {
    shapes: Vec<(Shape<'a>, [Point; 2])>,
    ink: Option<Ink>,
}

impl<'a> Pieces<'a> {
    fn of(layer: &Layer<'a>) -> Self {
        let simple = |shape: &Shape<'a>| match *shape {
            Shape::Line(points, thick) => {
                points.windows(2).map(|piece| Shape::Line(piece, thick)).collect()
            }
            whole => vec![whole],
        };
        let shapes = layer.shapes.iter().flat_map(simple);
        Self { shapes: shapes.map(|shape| (shape, shape.bounds())).collect(), ink: layer.ink }
    }
}

/// Samples in each direction of a pixel.
const SAMPLES: u8 = 6;
/// Samples of a pixel.
const ALL: u8 = SAMPLES * SAMPLES;
/// A little more than what is between a pixel's centre and its corners.
const REACH: f32 = 0.75;

/// A drawing without its colours: of each pixel, the numbers of samples of the tile and of the symbol.
#[derive(Debug, Clone)]
pub(crate) struct Drawing {
    width: u32,
    pixels: Vec<[u8; 2]>,
}

impl Drawing {
    /// The drawing of layers, from the bottom up, in units of a pixel.
    pub(crate) fn new(width: u32, height: u32, layers: &[Layer<'_>]) -> Self {
        let layers: Vec<Pieces<'_>> = layers.iter().map(Pieces::of).collect();
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self { width, pixels: places.map(|(x, y)| pixel(x, y, &layers)).collect() }
    }

    /// The picture in these colours of the tile and the symbol.
    pub(crate) fn picture(&self, colours: [Rgb; 2]) -> Picture {
        let mixed = |samples: &[u8; 2]| {
            let [tile, symbol] = samples.map(u32::from);
            let seen = tile + symbol;
            let part = |of: usize| {
                let sum = u32::from(colours[0][of]) * tile + u32::from(colours[1][of]) * symbol;
                rounded(sum, seen)
            };
            [part(0), part(1), part(2), rounded(seen * 255, ALL.into())]
        };
        Picture::new(self.width, self.pixels.iter().map(mixed))
    }
}

/// A quotient to the nearest; 0 of nothing.
fn rounded(sum: u32, of: u32) -> u8 {
    u8::try_from((sum + of / 2).checked_div(of).unwrap_or(0)).unwrap_or(255)
}

/// The samples of a pixel. Most are far from every border: only those that are not are sampled, and only with
/// the shapes that end there. A menu has some forty symbols, and they are drawn whenever a key is planned.
fn pixel(x: u32, y: u32, layers: &[Pieces<'_>]) -> [u8; 2] {
    let centre = (x as f32 + 0.5, y as f32 + 0.5);
    let (mut near, mut ground) = (Vec::new(), None);
    for layer in layers.iter().rev() {
        let (mut shapes, mut covers) = (Vec::new(), false);
        for (shape, [low, high]) in &layer.shapes {
            if beyond(centre.0, low.0, high.0).max(beyond(centre.1, low.1, high.1)) >= REACH {
                continue;
            }
            let distance = shape.distance(centre);
            covers |= distance <= -REACH;
            if distance < REACH {
                shapes.push(shape);
            }
        }
        if covers {
            ground = layer.ink;
            break;
        }
        if !shapes.is_empty() {
            near.push((shapes, layer.ink));
        }
    }
    let mut samples = [0; 2];
    if near.is_empty() {
        if let Some(ink) = ground {
            samples[ink as usize] = ALL;
        }
        return samples;
    }
    for (row, column) in (0..SAMPLES).flat_map(|row| (0..SAMPLES).map(move |column| (row, column)))
    {
        let at = |pixel: u32, step: u8| {
            let (samples, step) = (u32::from(SAMPLES), u32::from(step));
            (pixel * samples * 2 + step * 2 + 1) as f32 / (samples * 2) as f32
        };
        let point = (at(x, column), at(y, row));
        let top = near.iter().find(|(shapes, _)| shapes.iter().any(|shape| shape.has(point)));
        if let Some(ink) = top.map_or(ground, |(_, ink)| *ink) {
            samples[ink as usize] += 1;
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage() {
        let half = [Shape::Box((0.0, 0.0), (1.5, 2.0), 0.0)];
        let hole = [Shape::Disc((0.0, 0.0), 0.9)];
        let layers = [
            Layer { shapes: half.to_vec(), ink: Some(Ink::Tile) },
            Layer { shapes: hole.to_vec(), ink: None },
        ];
        let drawing = Drawing::new(3, 2, &layers);
        let samples = |x: usize, y: usize| drawing.pixels[y * 3 + x][0];
        assert_eq!((samples(0, 1), samples(1, 1), samples(2, 1)), (ALL, ALL / 2, 0));
        assert!((11..16).contains(&samples(0, 0)), "{}", samples(0, 0));
        let blue = drawing.picture([[1, 2, 3]; 2]);
        assert_eq!(blue.at(1, 1), [1, 2, 3, 128]);
        let triangle = Shape::Area(&[(0.0, 0.0), (4.0, 0.0), (0.0, 4.0)]);
        assert!(triangle.has((1.0, 1.0)) && !triangle.has((3.0, 3.0)));
        let line = Shape::Line(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)], 1.0);
        assert!(line.has((2.0, 0.4)) && line.has((4.4, 3.0)) && !line.has((2.0, 1.0)));
    }

    /// What is nearer than the distance is on the same side of the border.
    #[test]
    fn distances_are_never_too_large() {
        let corner = [(2.0, 3.0), (9.0, 5.0), (4.0, 9.5)];
        for shape in [
            Shape::Line(&corner, 2.4),
            Shape::Disc((6.0, 5.0), 3.1),
            Shape::Box((2.0, 3.0), (9.0, 8.0), 1.5),
            Shape::Box((2.0, 3.0), (9.0, 8.0), 0.0),
            Shape::Area(&corner),
        ] {
            let (mut inside, mut outside) = (0, 0);
            for (x, y) in
                (0..48).flat_map(|y| (0..48).map(move |x| (x as f32 / 4.0, y as f32 / 4.0)))
            {
                let distance = shape.distance((x, y));
                // On the border itself it may be either.
                if distance.abs() < 1e-3 {
                    continue;
                }
                for step in [0.0, 0.5, 0.99] {
                    let far = step * distance.abs() / 1.42;
                    for place in
                        [(x + far, y + far), (x - far, y + far), (x, y - far), (x + far, y)]
                    {
                        assert_eq!(
                            shape.has(place),
                            distance <= 0.0,
                            "{shape:?} {x} {y} {distance}"
                        );
                    }
                }
                if distance <= -REACH {
                    inside += 1
                }
                if distance >= REACH {
                    outside += 1
                }
            }
            assert!(inside > 20 && outside > 20, "{shape:?}: {inside} {outside}");
        }
    }
}
