package dev.levin.loggers.tensorboard;

import com.google.protobuf.Value;
import dev.levin.loggers.tensorboard.proto.Summary;
import dev.levin.loggers.tensorboard.proto.SummaryMetadata;
import dev.levin.loggers.tensorboard.proto.hparams.DataType;
import dev.levin.loggers.tensorboard.proto.hparams.Experiment;
import dev.levin.loggers.tensorboard.proto.hparams.HParamInfo;
import dev.levin.loggers.tensorboard.proto.hparams.HParamsPluginData;
import dev.levin.loggers.tensorboard.proto.hparams.MetricInfo;
import dev.levin.loggers.tensorboard.proto.hparams.MetricName;
import dev.levin.loggers.tensorboard.proto.hparams.SessionEndInfo;
import dev.levin.loggers.tensorboard.proto.hparams.SessionStartInfo;
import dev.levin.loggers.tensorboard.proto.hparams.Status;
import java.util.Collection;
import java.util.Map;

/** The three records by which the hparams tab knows a run: its columns, its values, its end. */
final class Hparams {
    private static final String PLUGIN = "hparams";
    private static final String TAG = "_hparams_/";

    private Hparams() {}

    /** The columns, and the metrics shown beside them. */
    static Summary.Value experiment(Map<String, ?> params, Collection<String> metrics) {
        var experiment = Experiment.newBuilder();
        params.forEach((name, value) -> {
            if (value != null) {
                experiment.addHparamInfos(HParamInfo.newBuilder().setName(name).setType(type(value)));
            }
        });
        for (String metric : metrics) {
            experiment.addMetricInfos(MetricInfo.newBuilder().setName(MetricName.newBuilder().setTag(metric)));
        }
        return value("experiment", HParamsPluginData.newBuilder().setExperiment(experiment));
    }

    static Summary.Value sessionStart(Map<String, ?> params, String group, double seconds) {
        var start = SessionStartInfo.newBuilder().setGroupName(group).setStartTimeSecs(seconds);
        params.forEach((name, value) -> {
            if (value != null) {
                start.putHparams(name, switch (value) {
                    case Boolean b -> Value.newBuilder().setBoolValue(b).build();
                    case Number n -> Value.newBuilder().setNumberValue(n.doubleValue()).build();
                    default -> Value.newBuilder().setStringValue(value.toString()).build();
                });
            }
        });
        return value("session_start_info", HParamsPluginData.newBuilder().setSessionStartInfo(start));
    }

    static Summary.Value sessionEnd(boolean success, double seconds) {
        return value("session_end_info", HParamsPluginData.newBuilder().setSessionEndInfo(SessionEndInfo.newBuilder()
                .setStatus(success ? Status.STATUS_SUCCESS : Status.STATUS_FAILURE).setEndTimeSecs(seconds)));
    }

    private static DataType type(Object value) {
        return switch (value) {
            case Boolean _ -> DataType.DATA_TYPE_BOOL;
            case Number _ -> DataType.DATA_TYPE_FLOAT64;
            default -> DataType.DATA_TYPE_STRING;
        };
    }

    private static Summary.Value value(String record, HParamsPluginData.Builder data) {
        return Summary.Value.newBuilder().setTag(TAG + record)
                .setMetadata(SummaryMetadata.newBuilder().setPluginData(SummaryMetadata.PluginData.newBuilder()
                        .setPluginName(PLUGIN).setContent(data.build().toByteString())))
                .build();
    }
}
