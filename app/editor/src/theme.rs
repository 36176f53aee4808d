//! The look of the window: every colour and size, for both themes, and how egui's style is made of them.
//!
//! Greys are neutral (R = G = B), so that the eye judges the picture's colours and not the window's. Lengths are
//! multiples of 4 points, except hairlines and text.

use std::sync::Arc;

use canvas::CanvasStyle;
use egui::style::{HandleShape, ScrollStyle, Selection, WidgetVisuals, Widgets};
use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke,
    Style, TextStyle, Theme, ThemePreference, Vec2, Visuals,
};
use session::ThemeChoice;

/// Distances and sizes in points.
pub const GRID: f32 = 4.0;
pub const LEFT_PANEL_WIDTH: f32 = 264.0;
pub const RIGHT_PANEL_WIDTH: f32 = 304.0;
pub const PROPERTIES_HEIGHT: f32 = 356.0;
pub const MODAL_WIDTH: f32 = 440.0;
pub const BAR_HEIGHT: f32 = 32.0;
pub const STATUS_HEIGHT: f32 = 24.0;
pub const ROW_HEIGHT: f32 = 36.0;
/// Width and height of the room for a layer's small picture; lines of text are wide.
pub const THUMBNAIL: Vec2 = Vec2::new(44.0, 28.0);
pub const ICON_BUTTON_SIZE: f32 = 24.0;
pub const CONTROL_HEIGHT: f32 = 24.0;
pub const SLIDER_HEIGHT: f32 = 16.0;
pub const MENU_WIDTH: f32 = 256.0;
pub const LABEL_WIDTH: f32 = 80.0;
pub const SHORT_LABEL_WIDTH: f32 = 16.0;
pub const VALUE_WIDTH: f32 = 56.0;
pub const INDENT: f32 = 16.0;
pub const PANEL_MARGIN: i8 = 12;
pub const CORNER: u8 = 4;

/// Sizes of text in points.
pub const TEXT: f32 = 13.0;
pub const TEXT_SMALL: f32 = 11.5;
pub const TEXT_HEADING: f32 = 13.0;
pub const TEXT_TITLE: f32 = 16.0;
pub const ICON: f32 = 15.0;
pub const ICON_LARGE: f32 = 40.0;

/// The family of the icon font.
pub const ICON_FAMILY: &str = "icons";

/// The colours of one theme.
#[derive(Debug, Clone, PartialEq)]
pub struct Tokens {
    pub bar: Color32,
    pub panel: Color32,
    pub popup: Color32,
    pub separator: Color32,
    pub field: Color32,
    pub control: Color32,
    pub control_hovered: Color32,
    pub control_pressed: Color32,
    pub outline: Color32,
    pub text_strong: Color32,
    pub text: Color32,
    pub text_weak: Color32,
    pub text_disabled: Color32,
    pub accent: Color32,
    pub accent_hovered: Color32,
    pub on_accent: Color32,
    pub selected: Color32,
    pub success: Color32,
    pub error: Color32,
    pub shadow: Color32,
    pub backdrop: Color32,
    pub checker_light: Color32,
    pub checker_dark: Color32,
    /// Magenta, which few pictures are, as in other editors.
    pub guide: Color32,
}

const fn grey(value: u8) -> Color32 {
    Color32::from_gray(value)
}

pub const DARK: Tokens = Tokens {
    bar: grey(0x1c),
    panel: grey(0x24),
    popup: grey(0x2c),
    separator: grey(0x14),
    field: grey(0x18),
    control: grey(0x36),
    control_hovered: grey(0x42),
    control_pressed: grey(0x4c),
    outline: grey(0x48),
    text_strong: grey(0xf4),
    text: grey(0xd4),
    text_weak: grey(0x98),
    text_disabled: grey(0x66),
    accent: Color32::from_rgb(0x3b, 0x82, 0xf6),
    accent_hovered: Color32::from_rgb(0x5a, 0x98, 0xfa),
    on_accent: grey(0xff),
    selected: Color32::from_rgb(0x26, 0x41, 0x6b),
    success: Color32::from_rgb(0x4c, 0xb7, 0x82),
    error: Color32::from_rgb(0xf0, 0x6a, 0x6a),
    shadow: Color32::from_black_alpha(0x80),
    backdrop: grey(0x30),
    checker_light: grey(0xff),
    checker_dark: grey(0xcc),
    guide: Color32::from_rgb(0xf0, 0x2c, 0xd0),
};

pub const LIGHT: Tokens = Tokens {
    bar: grey(0xe4),
    panel: grey(0xf0),
    popup: grey(0xf8),
    separator: grey(0xcc),
    field: grey(0xff),
    control: grey(0xde),
    control_hovered: grey(0xd2),
    control_pressed: grey(0xc4),
    outline: grey(0xb8),
    text_strong: grey(0x10),
    text: grey(0x2c),
    text_weak: grey(0x66),
    text_disabled: grey(0xa0),
    accent: Color32::from_rgb(0x1d, 0x6b, 0xe0),
    accent_hovered: Color32::from_rgb(0x16, 0x5a, 0xc4),
    on_accent: grey(0xff),
    selected: Color32::from_rgb(0xc4, 0xda, 0xf8),
    success: Color32::from_rgb(0x1c, 0x80, 0x4c),
    error: Color32::from_rgb(0xc4, 0x2b, 0x2b),
    shadow: Color32::from_black_alpha(0x30),
    backdrop: grey(0xa8),
    checker_light: grey(0xff),
    checker_dark: grey(0xcc),
    guide: Color32::from_rgb(0xf0, 0x2c, 0xd0),
};

impl Tokens {
    pub fn of(ctx: &egui::Context) -> &'static Self {
        Self::of_theme(ctx.theme())
    }

    fn of_theme(theme: Theme) -> &'static Self {
        match theme {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }

    pub fn canvas_style(&self) -> CanvasStyle {
        CanvasStyle {
            backdrop: self.backdrop,
            checker_light: self.checker_light,
            checker_dark: self.checker_dark,
            accent: self.accent,
            handle_fill: self.on_accent,
            guide: self.guide,
        }
    }
}

/// Gives egui both themes; which one shows follows the desktop until the user chooses.
pub fn apply(ctx: &egui::Context) {
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_style_of(theme, Arc::new(style(theme)));
    }
    // Ctrl+0, Ctrl+Plus and Ctrl+Minus are the canvas's.
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
}

/// Shows the theme that the user chose, if any.
pub fn choose(ctx: &egui::Context, choice: Option<ThemeChoice>) {
    let shown = ctx.options(|options| options.theme_preference);
    if let Some(choice) = choice.map(preference)
        && choice != shown
    {
        ctx.set_theme(choice);
        ctx.request_repaint();
    }
}

fn preference(choice: ThemeChoice) -> ThemePreference {
    match choice {
        ThemeChoice::System => ThemePreference::System,
        ThemeChoice::Light => ThemePreference::Light,
        ThemeChoice::Dark => ThemePreference::Dark,
    }
}

/// A font of the icon family.
pub fn icon_font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(ICON_FAMILY.into()))
}

fn style(theme: Theme) -> Style {
    let tokens = Tokens::of_theme(theme);
    let mut style = Style {
        visuals: visuals(theme, tokens),
        animation_time: 0.08,
        ..Style::default()
    };
    style.text_styles = [
        (TextStyle::Small, FontId::proportional(TEXT_SMALL)),
        (TextStyle::Body, FontId::proportional(TEXT)),
        (TextStyle::Button, FontId::proportional(TEXT)),
        (TextStyle::Heading, FontId::proportional(TEXT_TITLE)),
        (TextStyle::Monospace, FontId::monospace(TEXT - 1.0)),
    ]
    .into();
    style.drag_value_text_style = TextStyle::Body;
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(GRID * 2.0, GRID * 2.0);
    spacing.button_padding = Vec2::new(GRID * 2.0, GRID);
    spacing.interact_size = Vec2::new(CONTROL_HEIGHT, CONTROL_HEIGHT);
    spacing.menu_margin = Margin::same(4);
    spacing.window_margin = Margin::same(16);
    spacing.indent = INDENT;
    spacing.slider_rail_height = GRID;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 10.0;
    spacing.icon_spacing = GRID * 2.0;
    spacing.tooltip_width = 320.0;
    spacing.menu_width = MENU_WIDTH;
    spacing.scroll = ScrollStyle {
        bar_width: 8.0,
        ..ScrollStyle::solid()
    };
    style.interaction.tooltip_delay = 0.4;
    style.interaction.selectable_labels = false;
    style
}

fn visuals(theme: Theme, tokens: &Tokens) -> Visuals {
    let corner = CornerRadius::same(CORNER);
    let shadow = Shadow {
        offset: [0, 4],
        blur: 16,
        spread: 0,
        color: tokens.shadow,
    };
    Visuals {
        widgets: widgets(tokens),
        selection: Selection {
            bg_fill: tokens.selected,
            stroke: Stroke::new(1.0, tokens.text_strong),
        },
        weak_text_color: Some(tokens.text_weak),
        hyperlink_color: tokens.accent,
        faint_bg_color: tokens.bar,
        extreme_bg_color: tokens.field,
        code_bg_color: tokens.field,
        warn_fg_color: tokens.error,
        error_fg_color: tokens.error,
        window_corner_radius: CornerRadius::same(CORNER * 2),
        window_shadow: shadow,
        window_fill: tokens.popup,
        window_stroke: Stroke::new(1.0, tokens.outline),
        menu_corner_radius: corner,
        panel_fill: tokens.panel,
        popup_shadow: shadow,
        handle_shape: HandleShape::Circle,
        indent_has_left_vline: false,
        ..match theme {
            Theme::Dark => Visuals::dark(),
            Theme::Light => Visuals::light(),
        }
    }
}

fn widgets(tokens: &Tokens) -> Widgets {
    let state = |fill: Color32, outline: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, outline),
        corner_radius: CornerRadius::same(CORNER),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: state(tokens.panel, tokens.separator, tokens.text),
        inactive: state(tokens.control, Color32::TRANSPARENT, tokens.text),
        hovered: state(tokens.control_hovered, tokens.outline, tokens.text_strong),
        active: state(tokens.control_pressed, tokens.accent, tokens.text_strong),
        open: state(tokens.control_hovered, tokens.outline, tokens.text_strong),
    }
}

/// Chinese, Japanese and Korean characters; see `assets/fonts/README.md`.
const CJK: &[u8] = include_bytes!("../../../assets/fonts/DroidSansFallback.ttf");

/// egui's own fonts, then [`CJK`] for what they lack; and the icons as a family of their own.
pub fn install_fonts(ctx: &egui::Context) {
    let mut fonts = FontDefinitions::default();
    fonts
        .font_data
        .insert("cjk".to_owned(), Arc::new(FontData::from_static(CJK)));
    for family in [FontFamily::Proportional, FontFamily::Monospace] {
        fonts
            .families
            .entry(family)
            .or_default()
            .push("cjk".to_owned());
    }
    let icons = FontData::from_static(lucide_icons::LUCIDE_FONT_BYTES);
    fonts
        .font_data
        .insert(ICON_FAMILY.to_owned(), Arc::new(icons));
    fonts.families.insert(
        FontFamily::Name(ICON_FAMILY.into()),
        vec![ICON_FAMILY.to_owned()],
    );
    ctx.set_fonts(fonts);
}
