//! The icons: a tile for each class, with a symbol or the first letter of the class's name. Logos
//! are their owners', so there are none; the colours tell distributions apart.

use crate::letters::{self, lines};
use crate::picture::Rgb;
use crate::raster::{Drawing, Ink, Layer, Point, Shape};
use std::collections::BTreeMap;

/// Pixels of an icon's side: what the layout for smaller screens shows, so that GRUB scales it on
/// larger ones only.
const SIDE: u32 = 28;

/// What a tile shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Symbol {
    Letter(char),
    Disc,
    Install,
    Search,
    Check,
    Drive,
    Restart,
    Power,
    Settings,
    More,
    Chip,
    Window,
    Prompt,
    Network,
    Layers,
    Shield,
    Repair,
}

/// The symbol of a class, and the colour of its tile.
fn symbol(class: &str) -> (Symbol, Rgb) {
    use Symbol::*;
    const GREY: Rgb = [0x4b, 0x57, 0x6b];
    const GREEN: Rgb = [0x2e, 0x8b, 0x57];
    const TEAL: Rgb = [0x1f, 0x80, 0x8c];
    const RED: Rgb = [0xb0, 0x3a, 0x48];
    match class {
        "iso" | "live" => (Disc, TEAL),
        "installer" => (Install, TEAL),
        "found-isos" => (Search, GREY),
        "check-isos" => (Check, GREY),
        "local-disk" => (Drive, GREY),
        "reboot" => (Restart, GREY),
        "poweroff" => (Power, GREY),
        "firmware-setup" | "system" => (Settings, GREY),
        "more-ways" => (More, GREY),
        "unknown" => (Letter('?'), GREY),
        "memtest" => (Chip, GREEN),
        "windows" => (Window, [0x2b, 0x74, 0xc7]),
        "freedos" | "grub" => (Prompt, [0x3b, 0x3f, 0x8f]),
        "network" => (Network, GREEN),
        "xen" | "vmware" | "proxmox" | "qubes" => (Layers, [0x6d, 0x4f, 0xb3]),
        "antivirus" => (Shield, RED),
        "gparted" | "clonezilla" | "rescuezilla" | "partedmagic" => (Drive, GREEN),
        "tool" | "systemrescue" | "finnix" | "grml" | "plop" => (Repair, RED),
        _ => {
            let letter = class.chars().next().unwrap_or('?').to_ascii_uppercase();
            // Any number that depends on all letters will do; with these two few names that begin
            // with the same letter have the same colour.
            let mix = |n: u32, b: u8| n.wrapping_mul(116).wrapping_add(b.into());
            let number = class.bytes().fold(0, mix) % 997;
            (Letter(letter), TILES[number as usize % TILES.len()])
        }
    }
}

/// The colours of tiles with letters: white letters are readable on each.
const TILES: [Rgb; 8] = [
    [0xb2, 0x3c, 0x5e],
    [0xa8, 0x53, 0x1f],
    [0x7d, 0x6b, 0x1a],
    [0x3d, 0x84, 0x3f],
    [0x1d, 0x80, 0x82],
    [0x2d, 0x6f, 0xb8],
    [0x58, 0x59, 0xbd],
    [0x90, 0x47, 0xa8],
];

/// The icons of classes, as PNG files. A symbol is drawn once, however many classes have it.
pub(crate) fn icons<'a>(classes: &[&'a str]) -> Vec<(&'a str, Vec<u8>)> {
    let mut drawings: BTreeMap<Symbol, Drawing> = BTreeMap::new();
    let icon = |&class: &&'a str| {
        let (symbol, tile) = symbol(class);
        let drawing = drawings.entry(symbol).or_insert_with(|| symbol.drawing());
        (class, drawing.picture([tile, WHITE]).png())
    };
    classes.iter().map(icon).collect()
}

/// The thickness of lines.
const LINE: f32 = 2.4;
const WHITE: Rgb = [255, 255, 255];

/// The lines of a letter in the middle of a tile.
fn letter_lines(letter: char) -> Vec<Vec<Point>> {
    let unit = 2.4;
    let from = |size: f32| (SIDE as f32 - size * unit) / 2.0;
    let (left, top) = (from(letters::SIZE.0), from(letters::SIZE.1));
    let place = |(x, y): Point| (left + x * unit, top + y * unit);
    lines(letter).into_iter().map(|line| line.into_iter().map(place).collect()).collect()
}

impl Symbol {
    /// The drawing of the symbol on its tile.
    fn drawing(self) -> Drawing {
        let side = SIDE as f32;
        let tile = vec![Shape::Box((0.0, 0.0), (side, side), 6.0)];
        let strokes = match self {
            Symbol::Letter(letter) => letter_lines(letter),
            _ => Vec::new(),
        };
        let mut layers = vec![Layer { shapes: tile, ink: Some(Ink::Tile) }];
        layers.extend(symbol_layers(self, &strokes));
        Drawing::new(SIDE, SIDE, &layers)
    }
}

/// The layers of a symbol, in units of a pixel.
fn symbol_layers<'a>(symbol: Symbol, strokes: &'a [Vec<Point>]) -> Vec<Layer<'a>> {
    use Shape::{Area, Box, Disc, Line};
    let white = |shapes: Vec<Shape<'a>>| Layer { shapes, ink: Some(Ink::Symbol) };
    let below = |shapes: Vec<Shape<'a>>| Layer { shapes, ink: Some(Ink::Tile) };
    match symbol {
        Symbol::Letter(_) => {
            vec![white(strokes.iter().map(|line| Line(line, LINE + 0.4)).collect())]
        }
        Symbol::Disc => vec![
            white(vec![Disc((14.0, 14.0), 9.0)]),
            below(vec![Disc((14.0, 14.0), 4.2)]),
            white(vec![Disc((14.0, 14.0), 2.0)]),
        ],
        Symbol::Install => vec![white(vec![
            Line(&[(14.0, 6.0), (14.0, 16.0)], LINE),
            Line(&[(9.5, 12.0), (14.0, 16.5), (18.5, 12.0)], LINE),
            Line(&[(6.5, 17.0), (6.5, 21.5), (21.5, 21.5), (21.5, 17.0)], LINE),
        ])],
        Symbol::Search => vec![
            white(vec![Disc((12.5, 12.5), 7.0), Line(&[(17.0, 17.0), (21.5, 21.5)], 3.2)]),
            below(vec![Disc((12.5, 12.5), 4.4)]),
        ],
        Symbol::Check => {
            vec![white(vec![Line(&[(6.5, 14.5), (12.0, 20.0), (21.5, 8.5)], 3.2)])]
        }
        Symbol::Drive => vec![
            white(vec![Box((5.0, 8.0), (23.0, 20.0), 2.5)]),
            below(vec![Box((7.5, 10.5), (16.0, 12.5), 1.0), Disc((19.5, 16.5), 1.7)]),
        ],
        Symbol::Restart => vec![
            white(vec![Disc((14.0, 14.5), 8.2)]),
            below(vec![Disc((14.0, 14.5), 5.7), Area(&[(14.0, 14.5), (14.0, 3.0), (25.0, 8.0)])]),
            white(vec![Area(&[(13.5, 3.0), (13.5, 11.6), (19.0, 7.3)])]),
        ],
        Symbol::Power => vec![
            white(vec![Disc((14.0, 15.0), 8.2)]),
            below(vec![Disc((14.0, 15.0), 5.7), Box((10.8, 4.0), (17.2, 14.0), 0.0)]),
            white(vec![Line(&[(14.0, 6.0), (14.0, 14.0)], LINE)]),
        ],
        Symbol::Settings => {
            let knobs = [(10.0, 8.5), (18.0, 14.0), (11.5, 19.5)];
            vec![
                white(vec![
                    Line(&[(6.0, 8.5), (22.0, 8.5)], 1.8),
                    Line(&[(6.0, 14.0), (22.0, 14.0)], 1.8),
                    Line(&[(6.0, 19.5), (22.0, 19.5)], 1.8),
                ]),
                below(knobs.map(|at| Disc(at, 3.6)).to_vec()),
                white(knobs.map(|at| Disc(at, 2.6)).to_vec()),
            ]
        }
        Symbol::More => {
            vec![white([7.5, 14.0, 20.5].map(|x| Disc((x, 14.0), 2.2)).to_vec())]
        }
        Symbol::Chip => {
            let pins = [9.5, 14.0, 18.5].into_iter().flat_map(|at| {
                [
                    Box((at - 0.9, 4.5), (at + 0.9, 23.5), 0.0),
                    Box((4.5, at - 0.9), (23.5, at + 0.9), 0.0),
                ]
            });
            vec![
                white(pins.collect()),
                below(vec![Box((6.5, 6.5), (21.5, 21.5), 2.5)]),
                white(vec![Box((7.5, 7.5), (20.5, 20.5), 2.0)]),
                below(vec![Box((11.0, 11.0), (17.0, 17.0), 1.0)]),
            ]
        }
        Symbol::Window => vec![
            white(vec![Box((5.0, 6.5), (23.0, 21.5), 2.0)]),
            below(vec![Box((7.0, 11.5), (21.0, 19.5), 1.0)]),
        ],
        Symbol::Prompt => vec![white(vec![
            Line(&[(7.0, 9.0), (12.0, 14.0), (7.0, 19.0)], LINE),
            Line(&[(14.0, 19.5), (21.0, 19.5)], LINE),
        ])],
        Symbol::Network => vec![white(vec![
            Line(&[(14.0, 8.0), (7.5, 20.0), (20.5, 20.0), (14.0, 8.0)], 1.8),
            Disc((14.0, 8.0), 3.2),
            Disc((7.5, 20.0), 3.2),
            Disc((20.5, 20.0), 3.2),
        ])],
        Symbol::Layers => vec![
            white(vec![Area(&[(14.0, 13.5), (23.0, 18.0), (14.0, 22.5), (5.0, 18.0)])]),
            below(vec![Area(&[(14.0, 9.8), (24.0, 14.8), (14.0, 19.8), (4.0, 14.8)])]),
            white(vec![Area(&[(14.0, 5.5), (23.0, 10.0), (14.0, 14.5), (5.0, 10.0)])]),
        ],
        Symbol::Shield => vec![white(vec![Area(&[
            (14.0, 4.5),
            (22.0, 7.5),
            (21.5, 15.0),
            (18.5, 20.0),
            (14.0, 23.5),
            (9.5, 20.0),
            (6.5, 15.0),
            (6.0, 7.5),
        ])])],
        Symbol::Repair => vec![white(vec![
            Box((11.3, 5.5), (16.7, 22.5), 1.2),
            Box((5.5, 11.3), (22.5, 16.7), 1.2),
        ])],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_symbols_or_letters() {
        assert_eq!(symbol("reboot").0, Symbol::Restart);
        assert_eq!(symbol("debian").0, Symbol::Letter('D'));
        let [(_, debian), (_, devuan)] = &icons(&["debian", "devuan"])[..] else { panic!() };
        assert!(debian != devuan, "both are a D of one colour");
    }
}
