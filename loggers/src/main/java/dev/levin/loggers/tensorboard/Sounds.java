package dev.levin.loggers.tensorboard;

import com.google.protobuf.ByteString;
import dev.levin.loggers.tensorboard.proto.Summary;
import dev.levin.type.HostArray;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

/** WAV files of 16-bit samples. */
final class Sounds {
    private Sounds() {}

    static Summary.Audio encode(HostArray samples, int sampleRate) throws IOException {
        byte[] pcm = new byte[2 * samples.length()];
        for (int i = 0; i < samples.length(); i++) {
            int v = (int) (Math.clamp(samples.getDouble(i), -1.0, 1.0) * Short.MAX_VALUE);
            pcm[2 * i] = (byte) v;
            pcm[2 * i + 1] = (byte) (v >> 8);
        }
        var format = new AudioFormat(sampleRate, 16, 1, true, false);
        var wav = new ByteArrayOutputStream();
        AudioSystem.write(new AudioInputStream(new ByteArrayInputStream(pcm), format, samples.length()),
                AudioFileFormat.Type.WAVE, wav);
        return Summary.Audio.newBuilder().setSampleRate(sampleRate).setNumChannels(1).setLengthFrames(samples.length())
                .setContentType("audio/wav").setEncodedAudioString(ByteString.copyFrom(wav.toByteArray())).build();
    }
}
