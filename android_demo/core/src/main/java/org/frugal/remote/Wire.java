package org.frugal.remote;

import java.io.ByteArrayOutputStream;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.frugal.ChainException;
import org.frugal.RemoteParts.Value;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;

/**
 * The protocol between a device and the server half (docs/server.md): paths, headers, and tensors as raw bytes. A body is
 * the numbers of a part's tensors in the manifest's order, little-endian, as every processor has them that Android runs
 * on.
 */
final class Wire {
  static final String CONTENT_TYPE = "application/octet-stream";
  /** Types and shapes of the body. */
  static final String TENSORS = "Frugal-Tensors";
  /** The part that answers. */
  static final String PART = "Frugal-Part";
  /** Whatever a request has, its answer has too. */
  static final String REQUEST = "X-Request-Id";
  /** RFC 9530. */
  static final String DIGEST = "Content-Digest";

  private static final String PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  private static final String HEX = "0123456789ABCDEF";

  private Wire() {}

  /** Where a part is asked. */
  static String path(String bundle, String sha256, String part) {
    return "/v1/" + segment(bundle) + "/" + sha256 + "/" + segment(part);
  }

  /** A name as a path or a header has it: what is no letter, digit, {@code -._~} as {@code %XX} of UTF-8. */
  static String segment(String name) {
    StringBuilder segment = new StringBuilder();
    for (byte each : name.getBytes(StandardCharsets.UTF_8)) {
      if (PLAIN.indexOf(each) >= 0) {
        segment.append((char) each);
      } else {
        segment.append('%').append(HEX.charAt((each >> 4) & 15)).append(HEX.charAt(each & 15));
      }
    }
    return segment.toString();
  }

  /** Types and shapes of tensors, as a header has them. */
  static String described(Map<String, Tensor> tensors) {
    StringBuilder text = new StringBuilder();
    tensors.forEach((name, tensor) -> text.append(text.length() == 0 ? "" : ", ").append(segment(name)).append('=')
        .append(tensor.type().label()).append(tensor.shape().toString().replace(" ", "")));
    return text.toString();
  }

  /** The digest of a body, as its header has it. */
  static String digest(byte[] body) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(body);
      return "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":";
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException("expected SHA-256, which every Java has", error);
    }
  }

  /** Bytes of a body. */
  static int size(Map<String, Tensor> tensors) {
    return tensors.values().stream().mapToInt(Tensor::bytes).sum();
  }

  /** The body that holds values. */
  static byte[] pack(Map<String, Value> values, Map<String, Tensor> tensors) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    tensors.forEach((name, tensor) -> {
      Value value = values.get(name);
      if (value == null || !value.tensor().shape().equals(tensor.shape()) || value.tensor().type() != tensor.type()) {
        throw new ChainException(name + ": expected " + tensor.type().label() + " " + tensor.shape() + ", received "
            + (value == null ? "none" : value.tensor().type().label() + " " + value.tensor().shape()));
      }
      byte[] bytes = new byte[tensor.bytes()];
      ByteBuffer data = value.data().duplicate();
      // As a Buffer: ByteBuffer has a position(int) of its own only from Android 9 on.
      ((Buffer) data).position(0);
      data.get(bytes);
      body.write(bytes, 0, bytes.length);
    });
    return body.toByteArray();
  }

  /** The values that a body holds, which has as many bytes as the tensors. */
  static Map<String, Value> unpack(byte[] body, Map<String, Tensor> tensors) {
    if (body.length != size(tensors)) {
      throw new ChainException("expected " + size(tensors) + " bytes for " + described(tensors) + ", received "
          + body.length);
    }
    Map<String, Value> values = new HashMap<>();
    int start = 0;
    for (Map.Entry<String, Tensor> each : tensors.entrySet()) {
      int count = each.getValue().bytes();
      ByteBuffer data = Buffers.allocate(count);
      data.put(body, start, count);
      ((Buffer) data).position(0);
      values.put(each.getKey(), new Value(each.getValue(), data));
      start += count;
    }
    return values;
  }
}
