{{/*
Which policies to render: All (with the one that stamps, Kubernetes ≥ 1.36), Validating (≥ 1.30) or None.
Auto asks the cluster. Where there is none to ask, only groups are known and no kind, and the version counts.
*/}}
{{- define "rollback-operator.admission.policies" -}}
{{- $wanted := .Values.admission.policies -}}
{{- if ne $wanted "Auto" -}}
{{- $wanted -}}
{{- else if .Capabilities.APIVersions.Has "apps/v1/Deployment" -}}
{{- ternary "All" "Validating" (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy") -}}
{{- else -}}
{{- ternary "All" "Validating" (semverCompare ">=1.36.0-0" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end -}}

{{/* The annotation with who asked. */}}
{{- define "rollback-operator.admission.requester" -}}
rollback-operator.dev/requester
{{- end -}}

{{/* The name that the API server knows the operator by. */}}
{{- define "rollback-operator.admission.operator" -}}
{{- printf "system:serviceaccount:%s:%s" .Release.Namespace (include "rollback-operator.serviceAccountName" .) -}}
{{- end -}}

{{/* Where a policy is in force: everywhere, or in the namespaces of a `namespaced` release. */}}
{{- define "rollback-operator.admission.where" -}}
{{- if .Values.namespaced }}
matchResources:
  namespaceSelector:
    matchExpressions:
      - key: kubernetes.io/metadata.name
        operator: In
        values: {{ include "rollback-operator.namespaces" . }}
{{- end }}
{{- end -}}

{{/* Binds a validating policy: `include … (list . "status")`. */}}
{{- define "rollback-operator.admission.binding" -}}
{{- $top := first . -}}
{{- $name := printf "%s-%s" (include "rollback-operator.clusterName" $top) (last .) -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $name }}
  labels:
    {{- include "rollback-operator.labels" $top | nindent 4 }}
spec:
  policyName: {{ $name }}
  validationActions: [Deny]
  {{- include "rollback-operator.admission.where" $top | nindent 2 }}
{{- end -}}
