package dev.levin.callbacks;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The curve of a learning-rate search: loss over learning rate, the rate on a logarithmic axis, and the suggested one as a
 * dot. Needs XChart on the path.
 *
 * @param rates above 0
 * @param losses one per rate; those that are not finite are left out
 * @param suggestion the rate to mark, if there is one
 */
public record LearningRatePlot(List<Double> rates, List<Double> losses, OptionalDouble suggestion) {
    public LearningRatePlot {
        if (rates.size() != losses.size()) {
            throw new IllegalArgumentException("there are " + rates.size() + " learning rates and " + losses.size() + " losses; a point needs both");
        }
        rates = List.copyOf(rates);
        losses = List.copyOf(losses);
    }

    private XYChart chart() {
        List<Double> x = new ArrayList<>();
        List<Double> y = new ArrayList<>();
        for (int i = 0; i < rates.size(); i++) {
            if (Double.isFinite(losses.get(i)) && rates.get(i) > 0) {
                x.add(rates.get(i));
                y.add(losses.get(i));
            }
        }
        if (x.isEmpty()) {
            throw new IllegalStateException("none of the " + losses.size() + " losses is finite, so there is nothing to draw; search among smaller learning rates");
        }
        XYChart chart = new XYChartBuilder().width(800).height(500).title("Learning-rate search").xAxisTitle("learning rate").yAxisTitle("loss").build();
        chart.getStyler().setXAxisLogarithmic(true);
        chart.addSeries("loss", x, y).setMarker(SeriesMarkers.NONE);
        suggestion.ifPresent(at -> {
            int nearest = 0;
            for (int i = 1; i < x.size(); i++) {
                if (Math.abs(Math.log(x.get(i) / at)) < Math.abs(Math.log(x.get(nearest) / at))) {
                    nearest = i;
                }
            }
            chart.addSeries(String.format(java.util.Locale.ROOT, "suggestion %.3g", at), List.of(x.get(nearest)), List.of(y.get(nearest)))
                    .setMarker(SeriesMarkers.CIRCLE);
        });
        return chart;
    }

    /** The picture, to show or to log. */
    public BufferedImage image() {
        return BitmapEncoder.getBufferedImage(chart());
    }

    /** Writes an SVG file if that is its ending, else a PNG file. */
    public void save(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            if (file.toString().endsWith(".svg")) {
                VectorGraphicsEncoder.saveVectorGraphic(chart(), file.toString(), VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
            } else if (!ImageIO.write(image(), "png", file.toFile())) {
                throw new IOException("this Java machine can't write PNG files");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("can't write the plot of the learning rates to " + file, e);
        }
    }
}
