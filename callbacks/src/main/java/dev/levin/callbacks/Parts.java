package dev.levin.callbacks;

import dev.levin.trainer.MisconfigurationException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;

/** What a batch that is a record is made of. */
final class Parts {
    private Parts() {
    }

    static List<Object> of(Record r) {
        List<Object> values = new ArrayList<>();
        for (RecordComponent c : r.getClass().getRecordComponents()) {
            Method accessor = c.getAccessor();
            if (!accessor.trySetAccessible()) {
                throw new MisconfigurationException("the batch " + r.getClass().getName() + " can't be looked into; make the record public, or open its package");
            }
            try {
                values.add(accessor.invoke(r));
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new MisconfigurationException("the component " + c.getName() + " of " + r.getClass().getName() + " can't be read", e);
            }
        }
        return values;
    }
}
