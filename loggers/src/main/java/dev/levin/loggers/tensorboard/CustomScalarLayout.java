package dev.levin.loggers.tensorboard;

import java.util.List;

/**
 * What the custom scalars tab shows: categories of charts that combine scalars by tag.
 *
 * @param categories from top to bottom
 */
public record CustomScalarLayout(List<Category> categories) {
    public CustomScalarLayout {
        categories = List.copyOf(categories);
    }

    public static CustomScalarLayout of(Category... categories) {
        return new CustomScalarLayout(List.of(categories));
    }

    /** One category of charts. */
    public static Category category(String title, Chart... charts) {
        return new Category(title, List.of(charts));
    }

    /** A chart with one line for each scalar whose tag matches one of the regular expressions. */
    public static Chart lines(String title, String... tagPatterns) {
        return new Lines(title, List.of(tagPatterns));
    }

    /** A chart of one scalar with a band around it, each given by its exact tag. */
    public static Chart band(String title, String value, String lower, String upper) {
        return new Band(title, value, lower, upper);
    }

    /**
     * @param title heading of the category
     * @param charts in order
     */
    public record Category(String title, List<Chart> charts) {
        public Category {
            charts = List.copyOf(charts);
        }
    }

    /** One chart. */
    public sealed interface Chart {
        String title();
    }

    /**
     * @param title heading of the chart
     * @param tagPatterns regular expressions of tags
     */
    public record Lines(String title, List<String> tagPatterns) implements Chart {
        public Lines {
            tagPatterns = List.copyOf(tagPatterns);
        }
    }

    /**
     * @param title heading of the chart
     * @param value tag of the line
     * @param lower tag of the band's lower edge
     * @param upper tag of the band's upper edge
     */
    public record Band(String title, String value, String lower, String upper) implements Chart {}
}
