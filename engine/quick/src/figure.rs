use crate::ground::Ground;
use crate::picture::{Colour, Picture, distance};
use crate::quantile::{median, quantile};
use crate::surface::thinned;
use crate::window::{Bounds, EDGE, Window};

/// From this thickness on strokes show their own colour within.
const BROAD: usize = 20;

/// Something that stands out from the surface around it. Figure 0 is the whole picture.
pub struct Figure {
    /// Its own surface and all that stands on it, by picture index.
    pub pixels: Vec<u32>,
    pub parent: usize,
    /// How many figures it stands on.
    pub level: usize,
    pub bounds: Bounds,
    /// Median OKLab of its inner half: the edges of strokes are mixed with what is behind them.
    pub colour: Colour,
    /// Median distance of its pixels from that colour.
    pub spread: f32,
    /// Twice the greatest distance of a pixel to its edge: the width of a letter's strokes.
    pub thickness: usize,
    /// Pixels that are left when its edge is taken off; none of a thin line.
    pub core: usize,
    /// The difference from the surface just within its edge, in parts of what it takes to stand out. Near 1 it ends
    /// nowhere in particular.
    pub contrast: f32,
    /// Fades into its surroundings instead of ending at an edge.
    pub soft: bool,
    /// The parent's surroundings seen through it, or something of their colour on the parent.
    pub hole: bool,
    /// Lies within its parent's outline rather than reaching over it.
    pub contained: bool,
    /// The surface it stands on is one even colour or gradient and no detail of something painted.
    pub on_even: bool,
    /// Its parent hides some of it.
    pub behind: bool,
}

impl Figure {
    pub fn new(picture: &Picture, pixels: Vec<u32>, parent: usize, level: usize) -> Self {
        let bounds = Bounds::around(&pixels, picture.width);
        let window = Window::of(picture, &pixels, bounds);
        Self::within(picture, &window, pixels, parent, level)
    }

    fn within(
        picture: &Picture,
        window: &Window,
        pixels: Vec<u32>,
        parent: usize,
        level: usize,
    ) -> Self {
        let thickness = window.thickness();
        let inner: Vec<usize> = (0..window.depth.len())
            .filter(|&k| usize::from(window.depth[k]) > thickness / 4)
            .map(|k| window.at(k, picture.width))
            .collect();
        let colour =
            [0, 1, 2].map(|c| median(thinned(&inner).map(|i| picture.lab[i][c]).collect()));
        let step = (pixels.len() / 500).max(1);
        let from_colour = |p: &u32| distance(picture.lab[*p as usize], colour);
        Self {
            spread: median(pixels.iter().step_by(step).map(from_colour).collect()),
            bounds: Bounds::around(&pixels, picture.width),
            pixels,
            parent,
            level,
            colour,
            thickness,
            core: window.depth.iter().filter(|d| **d > EDGE).count(),
            contrast: f32::MAX,
            soft: false,
            hole: false,
            contained: true,
            on_even: true,
            behind: false,
        }
    }

    /// What stands out from a ground: `part` is by index in the window of the figure it stands on.
    pub fn standing_on(
        picture: &Picture,
        (under, parent): (&Window, usize),
        ground: &Ground,
        part: &[usize],
        level: usize,
    ) -> Self {
        let (pixels, window) = under.part(picture, part);
        let mut figure = Self::within(picture, &window, pixels, parent, level);
        let edge = part
            .iter()
            .filter(|&&k| {
                let own = window.place(under.at(k, picture.width), picture.width);
                window.depth[own] == 1
            })
            .count();
        let outside = part.iter().filter(|&&k| under.depth[k] == 1).count();
        figure.contained = outside * 8 < edge;
        let strength = Strength::of(picture, &window, under, ground);
        figure.on_even = ground.smooth;
        if figure.thickness < BROAD {
            figure.colour = strength.ink(picture);
        }
        figure.contrast = strength.at_rim() / ground.limit;
        figure.soft = ground.smooth && figure.thickness >= 10 && strength.fades();
        figure.behind = figure.soft && !figure.contained;
        figure
    }
}

/// How far each pixel of a figure is from the surface it stands on.
struct Strength<'a> {
    window: &'a Window,
    /// By index in the window; 0 outside.
    of: Vec<f32>,
    offset: Vec<Colour>,
}

impl<'a> Strength<'a> {
    fn of(picture: &Picture, window: &'a Window, under: &Window, ground: &Ground) -> Self {
        let place = |k: usize| under.place(window.at(k, picture.width), picture.width);
        let value = |k: usize| match window.inside[k] {
            true => ground.offset[place(k)],
            false => [0.0; 3],
        };
        let offset: Vec<Colour> = (0..window.inside.len()).map(value).collect();
        Self {
            window,
            of: offset.iter().map(|&o| distance(o, [0.0; 3])).collect(),
            offset,
        }
    }

    fn members(&self) -> impl Iterator<Item = usize> {
        (0..self.of.len()).filter(|&k| self.window.inside[k])
    }

    /// The colour where it is furthest from the surface.
    fn ink(&self, picture: &Picture) -> Colour {
        let strong = quantile(self.members().map(|k| self.of[k]).collect(), 0.8);
        let at: Vec<usize> = self.members().filter(|&k| self.of[k] >= strong).collect();
        let value = |k: &usize, c: usize| picture.lab[self.window.at(*k, picture.width)][c];
        [0, 1, 2].map(|c| median(at.iter().map(|k| value(k, c)).collect()))
    }

    /// Nearly the greatest.
    fn strong(&self) -> f32 {
        quantile(self.members().map(|k| self.of[k]).collect(), 0.9)
    }

    /// Just within the edge; of strokes that are nothing but edge, where they are clearest.
    fn at_rim(&self) -> f32 {
        let rim = self
            .members()
            .filter(|&k| (2..=4).contains(&self.window.depth[k]));
        let rim: Vec<f32> = rim.map(|k| self.of[k]).collect();
        if rim.len() * 2 > self.members().count() || rim.is_empty() {
            return self.strong();
        }
        median(rim)
    }

    /// Hard edges reach full strength within two pixels; a soft figure is weak at its rim, has no steps inside, and is
    /// one colour mixed into the surface.
    fn fades(&self) -> bool {
        let strong = self.strong();
        let w = self.window.bounds.width();
        let steps = self
            .members()
            .filter(|&k| k % w > 0 && self.window.depth[k] > 1)
            .map(|k| (self.of[k] - self.of[k - 1]).abs());
        self.at_rim() < 0.45 * strong
            && quantile(steps.collect(), 0.97) < 0.14 * strong
            && self.is_one_colour(strong)
    }

    /// Whether nearly all that is well off the surface is off it in one direction.
    fn is_one_colour(&self, strong: f32) -> bool {
        let clear: Vec<Colour> = self
            .members()
            .filter(|&k| self.of[k] > 0.4 * strong)
            .map(|k| self.offset[k])
            .collect();
        let mean =
            [0, 1, 2].map(|c| clear.iter().map(|o| o[c]).sum::<f32>() / clear.len().max(1) as f32);
        let length = |v: Colour| distance(v, [0.0; 3]).max(1e-6);
        let along = clear
            .iter()
            .map(|&o| (0..3).map(|c| o[c] * mean[c]).sum::<f32>() / (length(o) * length(mean)));
        quantile(along.collect(), 0.1) > 0.93
    }
}
