//! Shapes, and how much of a pixel they cover. Only `+ - * /` and square roots of numbers are used, which
//! give the same bits on every machine.

use crate::picture::{Picture, Rgba};

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

/// A layer of a drawing: shapes of one colour. `None` cuts holes into the layers below.
#[derive(Debug, Clone)]
pub(crate) struct Layer<'a> {
    pub(crate) shapes: Vec<Shape<'a>>,
    pub(crate) colour: Option<Rgba>,
}

impl<'a> Layer<'a> {
    /// The same layer with a shape for each piece of a line, so that only those nearby are looked at.
    fn in_pieces(&self) -> Layer<'a> {
        let pieces = |shape: &Shape<'a>| match *shape {
            Shape::Line(points, thick) => {
                points.windows(2).map(|piece| Shape::Line(piece, thick)).collect()
            }
            whole => vec![whole],
        };
        Layer { shapes: self.shapes.iter().flat_map(pieces).collect(), colour: self.colour }
    }
}

/// Samples in each direction of a pixel.
const SAMPLES: u32 = 6;
/// A little more than what is between a pixel's centre and its corners.
const REACH: f32 = 0.75;

/// Draws layers, from the bottom up, onto a picture of which each pixel is a unit wide.
pub(crate) fn draw(width: u32, height: u32, layers: &[Layer<'_>]) -> Picture {
    let layers: Vec<Layer<'_>> = layers.iter().map(Layer::in_pieces).collect();
    Picture::new(width, height, |x, y| pixel(x, y, &layers))
}

/// The colour of a pixel. Most are far from every border: only those that are not are sampled, and only with
/// the shapes that end there. A menu has some seventy icons, and they are drawn whenever a key is planned.
fn pixel(x: u32, y: u32, layers: &[Layer<'_>]) -> Rgba {
    let centre = (x as f32 + 0.5, y as f32 + 0.5);
    let (mut near, mut ground) = (Vec::new(), None);
    for layer in layers.iter().rev() {
        let all = layer.shapes.iter().map(|shape| (shape, shape.distance(centre)));
        let (mut shapes, mut covers) = (Vec::new(), false);
        for (shape, distance) in all {
            covers |= distance <= -REACH;
            if distance < REACH {
                shapes.push(shape);
            }
        }
        if covers {
            ground = layer.colour;
            break;
        }
        if !shapes.is_empty() {
            near.push((shapes, layer.colour));
        }
    }
    if near.is_empty() {
        return ground.unwrap_or_default();
    }
    let mut sum = [0u32; 4];
    for sub in 0..SAMPLES * SAMPLES {
        let at = |pixel: u32, step: u32| {
            (pixel * SAMPLES * 2 + step * 2 + 1) as f32 / (SAMPLES * 2) as f32
        };
        let point = (at(x, sub % SAMPLES), at(y, sub / SAMPLES));
        let top = near.iter().find(|(shapes, _)| shapes.iter().any(|shape| shape.has(point)));
        let Some([r, g, b, a]) = top.map_or(ground, |(_, colour)| *colour) else { continue };
        let alpha = u32::from(a);
        for (sum, part) in sum.iter_mut().zip([r, g, b]) {
            *sum += u32::from(part) * alpha;
        }
        sum[3] += alpha;
    }
    let [r, g, b, alpha] = sum;
    let part =
        |v: u32| u8::try_from((v + alpha / 2).checked_div(alpha).unwrap_or(0)).unwrap_or(255);
    let all = SAMPLES * SAMPLES;
    [part(r), part(g), part(b), u8::try_from((alpha + all / 2) / all).unwrap_or(255)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage() {
        let white = Some([255, 255, 255, 255]);
        let half = [Shape::Box((0.0, 0.0), (1.5, 2.0), 0.0)];
        let hole = [Shape::Disc((0.0, 0.0), 0.9)];
        let layers = [
            Layer { shapes: half.to_vec(), colour: white },
            Layer { shapes: hole.to_vec(), colour: None },
        ];
        let opacity = |x, y| pixel(x, y, &layers)[3];
        assert_eq!((opacity(0, 1), opacity(1, 1), opacity(2, 1)), (255, 128, 0));
        assert!((80..110).contains(&opacity(0, 0)), "{}", opacity(0, 0));
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
