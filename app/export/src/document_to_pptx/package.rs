//! The ZIP around the slide, and the parts that every presentation must have.

use std::io::{self, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
/// Of the elements `a:`, `r:` and `p:`.
pub const NAMESPACES: &str = r#"xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main""#;
/// Around shapes that have no place of their own.
pub const NO_GROUP: &str = r#"<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/><a:chOff x="0" y="0"/><a:chExt cx="0" cy="0"/></a:xfrm></p:grpSpPr>"#;

pub struct Package<W: Write + Seek> {
    zip: ZipWriter<W>,
    pictures: usize,
}

impl<W: Write + Seek> Package<W> {
    pub fn begin(out: W) -> io::Result<Self> {
        let mut package = Self {
            zip: ZipWriter::new(out),
            pictures: 0,
        };
        package.text("[Content_Types].xml", CONTENT_TYPES)?;
        package.relations("_rels/.rels", &[("officeDocument", "ppt/presentation.xml")])?;
        package.relations(
            "ppt/_rels/presentation.xml.rels",
            &[
                ("slideMaster", "slideMasters/slideMaster1.xml"),
                ("slide", "slides/slide1.xml"),
                ("theme", "theme/theme1.xml"),
            ],
        )?;
        package.text("ppt/theme/theme1.xml", include_str!("theme.xml"))?;
        package.text(
            "ppt/slideMasters/slideMaster1.xml",
            &format!(
                r#"{XML}<p:sldMaster {NAMESPACES}><p:cSld><p:bg><p:bgRef idx="1001"><a:schemeClr val="bg1"/></p:bgRef></p:bg><p:spTree>{NO_GROUP}</p:spTree></p:cSld><p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/><p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>"#
            ),
        )?;
        package.relations(
            "ppt/slideMasters/_rels/slideMaster1.xml.rels",
            &[
                ("slideLayout", "../slideLayouts/slideLayout1.xml"),
                ("theme", "../theme/theme1.xml"),
            ],
        )?;
        package.text(
            "ppt/slideLayouts/slideLayout1.xml",
            &format!(
                r#"{XML}<p:sldLayout {NAMESPACES} type="blank"><p:cSld name="Blank"><p:spTree>{NO_GROUP}</p:spTree></p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sldLayout>"#
            ),
        )?;
        package.relations(
            "ppt/slideLayouts/_rels/slideLayout1.xml.rels",
            &[("slideMaster", "../slideMasters/slideMaster1.xml")],
        )?;
        Ok(package)
    }

    /// The relation by which the slide names the picture.
    pub fn picture(&mut self, png: &[u8]) -> io::Result<String> {
        self.pictures += 1;
        let name = format!("ppt/media/image{}.png", self.pictures);
        self.part(&name, png, CompressionMethod::Stored)?;
        // The layout has the first.
        Ok(format!("rId{}", self.pictures + 1))
    }

    /// `width` and `height` of the slide are in EMU.
    pub fn finish(mut self, (width, height): (i64, i64), shapes: &str) -> io::Result<W> {
        self.text(
            "ppt/presentation.xml",
            &format!(
                r#"{XML}<p:presentation {NAMESPACES}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst><p:sldIdLst><p:sldId id="256" r:id="rId2"/></p:sldIdLst><p:sldSz cx="{width}" cy="{height}"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>"#
            ),
        )?;
        let pictures: Vec<String> = (1..=self.pictures)
            .map(|number| format!("../media/image{number}.png"))
            .collect();
        let mut relations = vec![("slideLayout", "../slideLayouts/slideLayout1.xml")];
        relations.extend(pictures.iter().map(|path| ("image", path.as_str())));
        self.relations("ppt/slides/_rels/slide1.xml.rels", &relations)?;
        self.text(
            "ppt/slides/slide1.xml",
            &format!(
                r#"{XML}<p:sld {NAMESPACES}><p:cSld><p:spTree>{NO_GROUP}{shapes}</p:spTree></p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sld>"#
            ),
        )?;
        Ok(self.zip.finish()?)
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.part(name, text.as_bytes(), CompressionMethod::Deflated)
    }

    /// Numbered from `rId1`.
    fn relations(&mut self, name: &str, relations: &[(&str, &str)]) -> io::Result<()> {
        let mut text = format!(r#"{XML}<Relationships xmlns="{RELATIONS}">"#);
        for (index, (kind, target)) in relations.iter().enumerate() {
            let id = index + 1;
            text += &format!(
                r#"<Relationship Id="rId{id}" Type="{OFFICE}/{kind}" Target="{target}"/>"#
            );
        }
        text += "</Relationships>";
        self.text(name, &text)
    }

    fn part(&mut self, name: &str, bytes: &[u8], method: CompressionMethod) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .large_file(u32::try_from(bytes.len()).is_err());
        self.zip.start_file(name, options)?;
        self.zip.write_all(bytes)
    }
}

const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Override PartName="/ppt/presentation.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"/><Override PartName="/ppt/slideMasters/slideMaster1.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.slideMaster+xml"/><Override PartName="/ppt/slideLayouts/slideLayout1.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.slideLayout+xml"/><Override PartName="/ppt/slides/slide1.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.slide+xml"/><Override PartName="/ppt/theme/theme1.xml" ContentType="application/vnd.openxmlformats-officedocument.theme+xml"/></Types>"#;
