//! The prompts' exact words (huggingface/diffusers 58eb52c, `pipelines/qwenimage/pipeline_qwenimage_layered.py`). The
//! line breaks within sentences are part of them.

use engine::CaptionLanguage;

/// What stands before and after the prompt when it is embedded.
pub(crate) const ENCODE: [&str; 2] = [
    "<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, quantity, text, spatial relationships of the objects and background:<|im_end|>\n<|im_start|>user\n",
    "<|im_end|>\n<|im_start|>assistant\n",
];

/// Tokens of the first part of [`ENCODE`], whose embeddings are dropped.
pub(crate) const ENCODE_DROPPED: usize = 34;

/// Tokens of the second part.
pub(crate) const ENCODE_KEPT: usize = 5;

/// The picture's place in the caption prompts.
pub(crate) const IMAGE_PAD: &str = "<|image_pad|>";

pub(crate) fn caption(language: CaptionLanguage) -> &'static str {
    match language {
        CaptionLanguage::English => CAPTION_ENGLISH,
        CaptionLanguage::Chinese => CAPTION_CHINESE,
    }
}

#[rustfmt::skip]
const CAPTION_ENGLISH: &str = "\
<|im_start|>system\n\
You are a helpful assistant.<|im_end|>\n\
<|im_start|>user\n\
# Image Annotator\n\
You are a professional\n\
image annotator. Please write an image caption based on the input image:\n\
1. Write the caption using natural,\n\
descriptive language without structured formats or rich text.\n\
2. Enrich caption details by including: \n\
\x20- Object\n\
attributes, such as quantity, color, shape, size, material, state, position, actions, and so on\n\
\x20- Vision Relations\n\
between objects, such as spatial relations, functional relations, possessive relations, attachment relations, action\n\
relations, comparative relations, causal relations, and so on\n\
\x20- Environmental details, such as weather, lighting,\n\
colors, textures, atmosphere, and so on\n\
\x20- Identify the text clearly visible in the image, without translation or\n\
explanation, and highlight it in the caption with quotation marks\n\
3. Maintain authenticity and accuracy:\n\
\x20- Avoid\n\
generalizations\n\
\x20- Describe all visible information in the image, while do not add information not explicitly shown in\n\
the image\n\
<|vision_start|><|image_pad|><|vision_end|><|im_end|>\n\
<|im_start|>assistant\n\
";

#[rustfmt::skip]
const CAPTION_CHINESE: &str = "\
<|im_start|>system\n\
You are a helpful assistant.<|im_end|>\n\
<|im_start|>user\n\
# 图像标注器\n\
你是一个专业的图像标注器。请基于输入图像，撰写图注:\n\
1.\n\
使用自然、描述性的语言撰写图注，不要使用结构化形式或富文本形式。\n\
2. 通过加入以下内容，丰富图注细节：\n\
\x20- 对象的属性：如数量、颜色、形状、大小、位置、材质、状态、动作等\n\
\x20-\n\
对象间的视觉关系：如空间关系、功能关系、动作关系、从属关系、比较关系、因果关系等\n\
\x20- 环境细节：例如天气、光照、颜色、纹理、气氛等\n\
\x20- 文字内容：识别图像中清晰可见的文字，不做翻译和解释，用引号在图注中强调\n\
3.\n\
保持真实性与准确性：\n\
\x20- 不要使用笼统的描述\n\
\x20-\n\
描述图像中所有可见的信息，但不要加入没有在图像中出现的内容\n\
<|vision_start|><|image_pad|><|vision_end|><|im_end|>\n\
<|im_start|>assistant\n\
";

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn hash(text: &str) -> String {
        Sha256::digest(text)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The hashes were taken from diffusers' own strings.
    #[test]
    fn templates_are_those_of_diffusers() {
        assert_eq!(
            hash(CAPTION_ENGLISH),
            "a85971b92103913db6f65c254c1f7305d5a55c80d77db6faee5f85a50d7183a0"
        );
        assert_eq!(
            hash(CAPTION_CHINESE),
            "15afc1eb8605221cc8a4a43fac6176bf051acab1b4ffb6a1a0f775831f0511dc"
        );
        assert_eq!(
            hash(&ENCODE.join("{}")),
            "0194d360a674d2f127a8b5f2ad08f0692a2baab34d2b378d183aeb84087e91cc"
        );
    }
}
