package dev.levin.data.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TransformsTest {
    /** x*31 + y*17 + c*53 + x*y*7 + x*x*c mod 256. */
    static Image picture(int height, int width, int channels) {
        byte[] p = new byte[height * width * channels];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < channels; c++) {
                    p[(y * width + x) * channels + c] = (byte) (x * 31 + y * 17 + c * 53 + x * y * 7 + x * x * c);
                }
            }
        }
        return new Image(height, width, channels, p);
    }

    private static RandomGenerator random() {
        return new SplittableRandom(1);
    }

    private static Arguments row(String name, ImageTransform t, Image in, long crc, String start) {
        return Arguments.of(name, t, in, crc, start);
    }

    /** CRC-32 of all bytes and the first eight pixels, as Pillow 12.3 gives them. */
    static Stream<Arguments> pillow() {
        Image im = picture(9, 7, 3);
        Image sq = picture(6, 6, 3);
        byte[] dim = im.pixels().clone();
        for (int i = 0; i < dim.length; i++) {
            dim[i] = (byte) ((dim[i] & 0xff) / 3 + 20);
        }
        Interpolation near = Interpolation.NEAREST;
        Interpolation linear = Interpolation.BILINEAR;
        Interpolation cubic = Interpolation.BICUBIC;
        return Stream.of(
                row("smaller", Transforms.resize(5, 4), im, 3169036724L, "1c5287528cc190b55fb85f703c72a484a79485676f56759c"),
                row("larger", Transforms.resize(11, 9), im, 567243936L, "00356a154a802d649b457fb95d9bd975b9358dd721a5a249"),
                row("narrower", Transforms.resize(9, 3), im, 3009247475L, "1b51875d9c909f943f32689e83b3b6d45b74497fb59a9d72"),
                row("smaller, cubic", Transforms.resize(5, 4, cubic), im, 2581984278L, "154a804e8ed192c45bc5566b376fab8eb290895c694776a4"),
                row("larger, cubic", Transforms.resize(11, 9, cubic), im, 300164529L, "00326712477d2c639a447ebd5b99d773b6268bee11a5ac4a"),
                row("nearest", Transforms.resize(12, 5, near), im, 2341649759L, "00356a3e77b05d9bd97cc106ba136c11467b5d96cf83c1ff"),
                row("30 degrees, nearest", Transforms.rotate(30, near), im, 2162355442L, "0000005d9bd97cc106cf1d6bf54ea70000000000003e77b0"),
                row("-45 degrees", Transforms.rotate(-45, linear), im, 2064784595L, "0000000000000000001a4f84255b913168a0000000000000"),
                row("90 degrees of a rectangle", Transforms.rotate(90, near), im, 234385907L, "000000000000000000000000000000000000000000f54ea7"),
                row("180 degrees", Transforms.rotate(180, near), im, 500646715L, "92eb443b89d7e4296e8dcb09366fa8df154b88bdf257b009"),
                row("90 degrees", Transforms.rotate(90, near), sq, 3084721065L, "9be937cf1d6b03519f3785d36bb9079fed3b7cc106a9ee33"),
                row("270 degrees", Transforms.rotate(-90, near), sq, 1964432769L, "558abf4479ae33689d22578c11467b00356a97cd037fb5eb"),
                row("17.5 degrees", Transforms.rotate(17.5, linear), sq, 2952813800L, "0000003870a95692cf7fc24aad9543000000184d834077af"),
                row("darker", Transforms.brightness(0.5), im, 1240902251L, "001a350f2a451f3b582e4d6c3e60034d741b5d093608233d"),
                row("brighter", Transforms.brightness(1.7), im, 1099789503L, "005ab43490ec69caff9effffd2ff0affff5dff20b71c77d1"),
                row("less contrast", Transforms.contrast(0.4), im, 4249914301L, "4e63785a7085667d94738ca47f9b508cab64985579546a7f"),
                row("more contrast", Transforms.contrast(1.5), im, 1715792613L, "000e5e003e8f1c71c74aa7ff79e000a7ff11d60061002877"),
                row("paler", Transforms.saturation(0.3), im, 3893011406L, "1e2e3d3d4e5e5e6f808093a58ea36bb2ca946f3d572f3f4e"),
                row("more colour", Transforms.saturation(1.8), im, 2978137783L, "003d9c005dbe197fe634a3ff66e2007fff00ff0083004ead"),
                row("hue 0.1", Transforms.hue(0.1), im, 1516269828L, "07006a271f8b463eb0665ed90fc10638e93cba181419117b"),
                row("hue -0.3", Transforms.hue(-0.3), im, 1762765212L, "206a00408b1f61b03e83d95ec10651e93872144aba327b11"),
                row("hue 0.5", Transforms.hue(0.5), im, 3066326927L, "6a2f008b4f1fb0713ed9955e4806c18338e914ba5a7b4111"),
                row("inverted", Transforms.invert(), im, 2384459938L, "ffca95e0aa74c1884fa26426833ef96416c845ec93eeb984"),
                row("three bits", Transforms.posterize(3), im, 1817274906L, "0020600040802060a04080c060c00080e020a00060004060"),
                row("solarized", Transforms.solarize(100), im, 3912940170L, "0035951f55743e884f5d6426833e06641637451393114684"),
                row("stretched", Transforms.autocontrast(), new Image(9, 7, 3, dim), 3620989167L, "0028671f4b883e6ead6093d77fbc039ee533c0066a0f3b79"),
                row("equalized, too small", Transforms.equalize(), im, 2257007102L, "00356a1f558b3e77b05d9bd97cc1069be937ba136c11467b"),
                row("equalized", Transforms.equalize(), picture(40, 30, 3), 458937743L, "003e7a2a63a04a8bcd70b2fb95df08bbff3de1137eff4ac1"),
                row("affine, nearest", Transforms.affine(20, 1, -2, 1.3, 10, 0, near), im, 1534332563L, "4479ae33689d679dd39bd40d9bd40da9e725d61b604479ae"),
                row("affine", Transforms.affine(-35, 0, 1, 0.8, 0, 15, linear), im, 2550890373L, "000000000000000000000000000000000000000000000000"),
                row("grey", Transforms.grayscale(), im, 1528395354L, "2b4b6c9097bd4f3c638bb6c45b8a4d7baabe5b43795e93ac"),
                row("grey, smaller", Transforms.resize(4, 3), im.grey(), 3705276490L, "5a977f838079947b8d948880"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pillow")
    void resultsAreThoseOfPillow(String name, ImageTransform transform, Image in, long crc, String start) {
        byte[] out = transform.apply(in, random()).pixels();
        assertEquals(start, HexFormat.of().formatHex(out, 0, Math.min(24, out.length)), name);
        CRC32 sum = new CRC32();
        sum.update(out);
        assertEquals(crc, sum.getValue(), name + " differs after the first pixels");
    }

    @Test
    void theShorterSideIsResizedInProportion() {
        assertEquals("Image[10 x 7 x 3]", Transforms.resize(7).apply(picture(13, 9, 3), random()).toString());
        assertEquals("Image[7 x 10 x 3]", Transforms.resize(7).apply(picture(9, 13, 3), random()).toString());
    }

    @Test
    void cropsTakeTheRightPixels() {
        Image im = picture(7, 8, 1);
        // torchvision: top = round((7 - 4) / 2.0) = 2 (half to even), left = round((8 - 3) / 2.0) = 2.
        Image middle = Transforms.centerCrop(4, 3).apply(im, random());
        assertEquals(im.get(2, 2, 0), middle.get(0, 0, 0));
        assertEquals(im.get(5, 4, 0), middle.get(3, 2, 0));
        Image padded = Transforms.centerCrop(9, 8).apply(im, random());
        assertEquals(0, padded.get(0, 5, 0));
        assertEquals(im.get(0, 5, 0), padded.get(1, 5, 0));
    }

    @Test
    void randomCropsReachEveryPlaceAndNoOther() {
        Image im = picture(5, 6, 1);
        RandomGenerator r = random();
        boolean[][] seen = new boolean[4][4];
        for (int i = 0; i < 500; i++) {
            Image c = Transforms.randomCrop(2, 3).apply(im, r);
            boolean found = false;
            for (int y = 0; y <= 3 && !found; y++) {
                for (int x = 0; x <= 3 && !found; x++) {
                    found = Arrays.equals(c.pixels(), Transforms.crop(im, y, x, 2, 3).pixels());
                    seen[y][x] |= found;
                }
            }
            assertTrue(found);
        }
        for (boolean[] row : seen) {
            for (boolean b : row) {
                assertTrue(b);
            }
        }
        String message = assertThrows(IllegalArgumentException.class, () -> Transforms.randomCrop(9, 9, 1).apply(im, r)).getMessage();
        assertTrue(message.contains("9 x 9") && message.contains("5 x 6") && message.contains("padding of 1"), message);
    }

    @Test
    void aPaddedCropShowsBlackBorders() {
        Image white = new Image(2, 2, 1, new byte[] {-1, -1, -1, -1});
        int[] counts = new int[5];
        RandomGenerator r = random();
        for (int i = 0; i < 200; i++) {
            Image c = Transforms.randomCrop(2, 2, 1).apply(white, r);
            int whitePixels = 0;
            for (byte b : c.pixels()) {
                whitePixels += b == -1 ? 1 : 0;
            }
            counts[whitePixels]++;
        }
        // 9 places: 1 with 4 white pixels, 4 with 2, 4 with 1.
        assertEquals(0, counts[0] + counts[3]);
        assertTrue(counts[1] > 50 && counts[2] > 50 && counts[4] > 5);
    }

    @Test
    void flipsMirror() {
        Image im = picture(2, 3, 3);
        Image h = Transforms.flipHorizontal(im);
        Image v = Transforms.flipVertical(im);
        for (int c = 0; c < 3; c++) {
            assertEquals(im.get(1, 0, c), h.get(1, 2, c));
            assertEquals(im.get(0, 1, c), v.get(1, 1, c));
        }
        assertArrayEquals(im.pixels(), Transforms.flipHorizontal(h).pixels());
        RandomGenerator r = random();
        int flipped = 0;
        for (int i = 0; i < 2000; i++) {
            flipped += Transforms.randomHorizontalFlip(0.3).apply(im, r) == im ? 0 : 1;
        }
        assertEquals(600, flipped, 5 * Math.sqrt(2000 * 0.21));
    }

    /** As numpy.pad with constant, edge, reflect and symmetric. */
    @Test
    void bordersAreFilledAsAsked() {
        Image row = new Image(1, 3, 1, new byte[] {1, 2, 3});
        assertArrayEquals(new byte[] {9, 9, 1, 2, 3, 9}, Transforms.pad(2, 0, 1, 0, Transforms.Border.CONSTANT, 9).apply(row, random()).pixels());
        assertArrayEquals(new byte[] {1, 1, 1, 2, 3, 3}, Transforms.pad(2, 0, 1, 0, Transforms.Border.EDGE, 0).apply(row, random()).pixels());
        assertArrayEquals(new byte[] {3, 2, 1, 2, 3, 2}, Transforms.pad(2, 0, 1, 0, Transforms.Border.REFLECT, 0).apply(row, random()).pixels());
        assertArrayEquals(new byte[] {2, 1, 1, 2, 3, 3}, Transforms.pad(2, 0, 1, 0, Transforms.Border.SYMMETRIC, 0).apply(row, random()).pixels());
        assertEquals("Image[5 x 7 x 1]", Transforms.pad(2, 0).apply(row, random()).toString());
    }

    @Test
    void aRandomResizedCropKeepsScaleAndRatio() {
        // One colour per quarter: whatever part is taken, the size is right and colours come from the image.
        RandomGenerator r = random();
        for (int i = 0; i < 50; i++) {
            Image out = Transforms.randomResizedCrop(8, 6).apply(picture(20, 30, 3), r);
            assertEquals("Image[8 x 6 x 3]", out.toString());
        }
        // The whole of a square image is the only part with scale 1 and ratio 1.
        Image sq = picture(12, 12, 3);
        assertArrayEquals(sq.pixels(), Transforms.randomResizedCrop(12, 12, 1, 1, 1, 1).apply(sq, r).pixels());
        // No attempt can fit: the middle with the nearest ratio, 10 x 20.
        Image wide = picture(10, 40, 1);
        assertArrayEquals(Transforms.crop(wide, 0, 10, 10, 20).pixels(), Transforms.randomResizedCrop(10, 20, 1, 1, 2, 2).apply(wide, r).pixels());
    }

    @Test
    void erasedRectanglesHaveTheirShareOfTheArea() {
        Image white = new Image(40, 40, 1, new byte[1600]);
        java.util.Arrays.fill(white.pixels(), (byte) 255);
        RandomGenerator r = random();
        int touched = 0;
        for (int i = 0; i < 400; i++) {
            int erased = 0;
            for (byte b : Transforms.randomErasing(0.5, 7).apply(white, r).pixels()) {
                erased += b == 7 ? 1 : 0;
            }
            touched += erased > 0 ? 1 : 0;
            // 2 to 33 % of 1600, give or take the rounding of both sides.
            assertTrue(erased == 0 || erased > 20 && erased < 590, erased + " pixels");
        }
        assertEquals(200, touched, 5 * Math.sqrt(400 * 0.25));
        assertEquals(1600, white.pixels().length);
        assertEquals(255, white.get(20, 20, 0));
    }

    @Test
    void randomAffineMapsStayWithinTheirBounds() {
        Image dot = new Image(21, 21, 1, new byte[441]);
        dot.pixels()[10 * 21 + 10] = 9;
        RandomGenerator r = random();
        boolean moved = false;
        for (int i = 0; i < 100; i++) {
            byte[] p = Transforms.randomAffine(180, 0.1, 1, 1, 0).apply(dot, r).pixels();
            for (int k = 0; k < p.length; k++) {
                // The centre is moved by at most 10 % of 21 pixels, whatever the angle.
                assertTrue(p[k] == 0 || Math.abs(k / 21 - 10) <= 3 && Math.abs(k % 21 - 10) <= 3);
                moved |= p[k] != 0 && k != 220;
            }
        }
        assertTrue(moved);
        assertThrows(IllegalArgumentException.class, () -> Transforms.randomAffine(10, 0, 0, 1, 0));
    }

    @Test
    void jitterStaysWithinItsFactorsAndIsAFunctionOfTheGenerator() {
        Image grey = new Image(1, 1, 3, new byte[] {100, 100, 100});
        RandomGenerator r = random();
        int low = 255;
        int high = 0;
        for (int i = 0; i < 500; i++) {
            int v = Transforms.colorJitter(0.2, 0, 0, 0).apply(grey, r).get(0, 0, 0);
            low = Math.min(low, v);
            high = Math.max(high, v);
        }
        assertTrue(low >= 79 && low <= 82 && high <= 120 && high >= 117, low + " to " + high);
        ImageTransform all = Transforms.colorJitter(0.4, 0.4, 0.4, 0.1);
        Image im = picture(4, 4, 3);
        assertArrayEquals(all.apply(im, new SplittableRandom(3)).pixels(), all.apply(im, new SplittableRandom(3)).pixels());
        assertFalse(Arrays.equals(all.apply(im, new SplittableRandom(3)).pixels(), all.apply(im, new SplittableRandom(4)).pixels()));
        assertThrows(IllegalArgumentException.class, () -> Transforms.colorJitter(0, 0, 0, 0.6));
    }

    @Test
    void compositionsRunInOrder() {
        Image im = picture(6, 6, 3);
        ImageTransform both = ImageTransform.compose(Transforms.centerCrop(4, 4), Transforms.grayscale(), Transforms.resize(2, 2));
        assertEquals("Image[2 x 2 x 1]", both.apply(im, random()).toString());
        assertEquals(im, ImageTransform.randomApply(0, both).apply(im, random()));
        assertEquals("Image[2 x 2 x 1]", ImageTransform.randomApply(1, both).apply(im, random()).toString());
        long sizes = new SplittableRandom(5).longs(60).mapToObj(SplittableRandom::new)
                .map(r -> ImageTransform.randomChoice(Transforms.centerCrop(1, 1), Transforms.centerCrop(2, 2)).apply(im, r).width()).distinct().count();
        assertEquals(2, sizes);
        long orders = new SplittableRandom(5).longs(60).mapToObj(SplittableRandom::new)
                .map(r -> ImageTransform.randomOrder(Transforms.resize(3, 3), Transforms.resize(2, 5)).apply(im, r).width()).distinct().count();
        assertEquals(2, orders);
        assertThrows(IllegalArgumentException.class, () -> ImageTransform.randomApply(1.5, both));
    }

    @Test
    void tensorsAreChannelsFirstAndNormalised() {
        Image im = new Image(1, 2, 3, new byte[] {0, 51, 102, (byte) 153, (byte) 204, (byte) 255});
        assertEquals("[3, 1, 2]", ToTensor.UNIT.apply(im).shape().toString());
        assertArrayEquals(new float[] {0, 0.6f, 0.2f, 0.8f, 0.4f, 1}, ToTensor.UNIT.apply(im).toFloats(), 1e-7f);
        float[] n = ToTensor.normalized(new double[] {0.5, 0.2, 0}, new double[] {0.5, 0.1, 2}).apply(im).toFloats();
        assertArrayEquals(new float[] {-1, 0.2f, 0, 6, 0.2f, 0.5f}, n, 1e-6f);
        assertArrayEquals(im.pixels(), ToTensor.IMAGENET.toImage(ToTensor.IMAGENET.apply(im)).pixels());
        assertThrows(IllegalArgumentException.class, () -> ToTensor.normalized(new double[] {0, 0}, new double[] {1, 1}).apply(im));
        assertThrows(IllegalArgumentException.class, () -> ToTensor.UNIT.toImage(Tensor.zeros(3)));
    }

    @Test
    void javaImagesGoBothWays() {
        for (int channels : List.of(1, 3)) {
            Image im = picture(3, 5, channels);
            Image back = Image.of(im.toBufferedImage());
            assertArrayEquals(im.pixels(), back.pixels());
            assertEquals(channels, back.channels());
        }
        assertNotEquals(0, picture(3, 5, 3).toBufferedImage().getRGB(4, 2));
        assertThrows(IllegalArgumentException.class, () -> new Image(2, 2, 1, new byte[3]));
        assertThrows(IllegalArgumentException.class, () -> new Image(1, 1, 2, new byte[2]));
    }
}
