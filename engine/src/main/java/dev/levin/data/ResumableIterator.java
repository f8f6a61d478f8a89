package dev.levin.data;

import java.util.Iterator;
import java.util.Map;

/** An iterator that can say where it is, and go on there at once: by the offset in a file, say. */
public interface ResumableIterator<S> extends Iterator<S> {
    /** The position after the elements handed out so far: numbers, strings, lists and maps. */
    Map<String, Object> stateDict();

    /** Goes on from a saved position; called before the first element is asked for. */
    void loadStateDict(Map<String, Object> saved) throws Exception;
}
