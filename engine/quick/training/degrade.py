"""What happens to a picture on its way: resampling, blur, noise, JPEG."""
import cv2
import numpy as np
import paint


def degrade(r, im):
    S, q = im.shape[0], r.random()
    if q < .14:
        s = r.uniform(.45, .92)
        small = cv2.resize(im, None, fx=s, fy=s, interpolation=r.choice([cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
        im = cv2.resize(small, (S, S), interpolation=r.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    elif q < .2:
        im = cv2.GaussianBlur(im, (0, 0), r.uniform(.4, 1.))
    elif q < .24:  # sharpened
        im = cv2.addWeighted(im, 1.6, cv2.GaussianBlur(im, (0, 0), 1), -.6, 0)
    if r.random() < .1:
        im = paint.grain(r, im, r.uniform(1.5, 8))
    if r.random() < .5:
        quality = r.randrange(30, 96) if r.random() < .7 else r.randrange(70, 97)
        coded = cv2.imencode(".jpg", cv2.cvtColor(im, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        im = cv2.cvtColor(cv2.imdecode(coded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return np.ascontiguousarray(im)
