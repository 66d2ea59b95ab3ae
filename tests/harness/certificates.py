"""The cluster's certificate authority and the certificates that it gives out."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = dt.timedelta(days=365)
# Clocks of containers and their hosts differ; a certificate from the future is refused.
HEAD_START = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, both as PEM."""

    certificate: bytes
    key: bytes

    def save(self, directory: Path, name: str) -> None:
        """Write `<name>.crt` and, readable for nobody else, `<name>.key`."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{name}.crt").write_bytes(self.certificate)
        write_secret(directory / f"{name}.key", self.key)

    @classmethod
    def load(cls, directory: Path, name: str) -> "Pair":
        """Read what `save` wrote."""
        files = [directory / f"{name}.{kind}" for kind in ("crt", "key")]
        return cls(*(file.read_bytes() for file in files))


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that was never readable for others, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


def new_authority() -> Pair:
    """Return a new certificate authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("kubernetes-ca", ())
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(name, name, key.public_key(), key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pair(_pem(certificate), _key_pem(key))


def client(authority: Pair, user: str, groups: Sequence[str] = ()) -> Pair:
    """Return a certificate that makes its bearer `user`, a member of `groups`."""
    return _issue(authority, _name(user, groups), (), ExtendedKeyUsageOID.CLIENT_AUTH)


def server(authority: Pair, hosts: Sequence[str]) -> Pair:
    """Return a certificate for a server that is reached under these names and addresses."""
    return _issue(authority, _name(hosts[0], ()), hosts, ExtendedKeyUsageOID.SERVER_AUTH)


def signing_request(user: str, groups: Sequence[str] = ()) -> Pair:
    """Return a request for a client certificate (in the certificate's place) and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(_name(user, groups))
    signed = request.sign(key, hashes.SHA256())
    return Pair(signed.public_bytes(serialization.Encoding.PEM), _key_pem(key))


def signing_key() -> bytes:
    """Return a key that the API server signs ServiceAccount tokens with."""
    return _key_pem(ec.generate_private_key(ec.SECP256R1()))


def _issue(
    authority: Pair,
    name: x509.Name,
    hosts: Sequence[str],
    usage: x509.ObjectIdentifier,
) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    signer = serialization.load_pem_private_key(authority.key, None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    issuer = x509.load_pem_x509_certificate(authority.certificate).subject
    builder = _builder(name, issuer, key.public_key(), signer.public_key())
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if hosts:
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    return Pair(_pem(builder.sign(signer, hashes.SHA256())), _key_pem(key))


def _builder(
    name: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    # Newer Pythons refuse certificates that do not say whose key signed them.
    signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - HEAD_START)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(signed_by, critical=False)
    )


def _name(user: str, groups: Sequence[str]) -> x509.Name:
    organisations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*organisations, x509.NameAttribute(NameOID.COMMON_NAME, user)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    # The API server derives the public key from this form only.
    form = serialization.PrivateFormat.TraditionalOpenSSL
    no_password = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, no_password)
