package org.example.answer;

import android.content.Context;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** One conversation with the model of this library. One thread at a time, not the one of the screen. */
public final class Answer implements AutoCloseable {
    static {
        System.loadLibrary("answer");
    }

    private long handle;

    public Answer(Context context) throws IOException {
        handle = open(weights(context).getPath());
    }

    /** What the model answers to what the user says next. */
    public String to(String said) {
        if (handle == 0) {
            throw new IllegalStateException("this conversation is closed");
        }
        byte[] answer = answer(handle, said.getBytes(StandardCharsets.UTF_8));
        return new String(answer, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        if (handle != 0) {
            close(handle);
        }
        handle = 0;
    }

    /** The weights as a file: copied out of the app once, whole or not at all. */
    private static File weights(Context context) throws IOException {
        File file = new File(context.getNoBackupFilesDir(), "model.weights");
        if (file.exists()) {
            return file;
        }
        File part = new File(file.getPath() + ".part");
        try (InputStream in = context.getAssets().open("model.weights");
                FileOutputStream out = new FileOutputStream(part)) {
            byte[] buffer = new byte[1 << 20];
            for (int bytes = in.read(buffer); bytes >= 0; bytes = in.read(buffer)) {
                out.write(buffer, 0, bytes);
            }
            out.getFD().sync();
        }
        if (!part.renameTo(file)) {
            throw new IOException("cannot rename " + part);
        }
        return file;
    }

    private static native long open(String weights);

    private static native byte[] answer(long handle, byte[] said);

    private static native void close(long handle);
}
