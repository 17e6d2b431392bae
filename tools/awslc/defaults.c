/*
 * What every TLS context of HAProxy begins with, where AWS-LC's defaults are not those of OpenSSL in Debian. The linker
 * puts this in front of SSL_CTX_new (ld(1), --wrap), so that no configuration has to say it.
 */
#include <openssl/ssl.h>

SSL_CTX *__real_SSL_CTX_new(const SSL_METHOD *method);
SSL_CTX *__wrap_SSL_CTX_new(const SSL_METHOD *method);

/* Signatures of peers: AWS-LC's own list, with Ed25519, which it leaves out, and without SHA-1, which TLS 1.3 forbids. */
static const uint16_t signatures[] = {
    SSL_SIGN_ECDSA_SECP256R1_SHA256, SSL_SIGN_ED25519,
    SSL_SIGN_RSA_PSS_RSAE_SHA256,    SSL_SIGN_RSA_PKCS1_SHA256,
    SSL_SIGN_ECDSA_SECP384R1_SHA384, SSL_SIGN_RSA_PSS_RSAE_SHA384,
    SSL_SIGN_RSA_PKCS1_SHA384,       SSL_SIGN_ECDSA_SECP521R1_SHA512,
    SSL_SIGN_RSA_PSS_RSAE_SHA512,    SSL_SIGN_RSA_PKCS1_SHA512,
    SSL_SIGN_MLDSA44,                SSL_SIGN_MLDSA65,
    SSL_SIGN_MLDSA87,
};

SSL_CTX *__wrap_SSL_CTX_new(const SSL_METHOD *method) {
  SSL_CTX *context = __real_SSL_CTX_new(method);
  if (context == NULL) return NULL;
  /*
   * A connection that ends without TLS's own farewell counts as ended, as HAProxy takes it on OpenSSL: the farewell does not
   * always fit into the socket. As an error it would also end the other direction, with data under way.
   */
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (!SSL_CTX_set_verify_algorithm_prefs(context, signatures, sizeof signatures / sizeof *signatures)) {
    SSL_CTX_free(context);
    return NULL;
  }
  return context;
}
