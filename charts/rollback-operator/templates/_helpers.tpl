{{/* The chart's name. */}}
{{- define "rollback-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of the objects in the release's namespace. Short enough for a suffix. */}}
{{- define "rollback-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "rollback-operator.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The name of objects outside namespaces: one operator per cluster, or one per namespace. */}}
{{- define "rollback-operator.clusterName" -}}
{{- $name := include "rollback-operator.fullname" . -}}
{{- ternary (printf "%s-%s" .Release.Namespace $name) $name .Values.namespaced -}}
{{- end -}}

{{- define "rollback-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "rollback-operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is needed where serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* What identifies the operator's pods. */}}
{{- define "rollback-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "rollback-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "rollback-operator.labels" -}}
{{ include "rollback-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: rollback-operator
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "rollback-operator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The namespaces that are looked after, as JSON: an empty list means all. */}}
{{- define "rollback-operator.namespaces" -}}
{{- $named := .Values.settings.namespaces -}}
{{- ternary (default (list .Release.Namespace) $named) $named .Values.namespaced | toJson -}}
{{- end -}}

{{- define "rollback-operator.signingSecret" -}}
{{- .Values.signingKey.existingSecret | default (printf "%s-signing-key" (include "rollback-operator.fullname" .)) -}}
{{- end -}}

{{- define "rollback-operator.keyDirectory" -}}
/etc/rollback-operator/keys
{{- end -}}

{{/* A value as a variable has it: lists with commas, and 1000000 not as 1e+06. */}}
{{- define "rollback-operator.text" -}}
{{- if kindIs "slice" . -}}
{{- . | toStrings | join "," -}}
{{- else if kindIs "float64" . -}}
{{- int64 . -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}

{{/* Every setting as a variable: `historyLimit: 10` is ROLLBACK_HISTORY_LIMIT=10. */}}
{{- define "rollback-operator.environment" -}}
{{- $files := list -}}
{{- range .Values.signingKey.keys -}}
{{- $files = append $files (printf "%s/%s" (include "rollback-operator.keyDirectory" $) .) -}}
{{- end -}}
{{- $derived := dict
  "keyFiles" $files
  "namespaces" (include "rollback-operator.namespaces" . | fromJsonArray)
  "admissionName" (include "rollback-operator.clusterName" .)
  "leaseName" (include "rollback-operator.fullname" .)
  "port" .Values.port
-}}
{{- range $name, $value := merge $derived .Values.settings -}}
- name: ROLLBACK_{{ snakecase $name | upper }}
  value: {{ include "rollback-operator.text" $value | quote }}
{{ end }}
{{- end -}}

{{- define "rollback-operator.priorityClassName" -}}
{{- $own := ternary (include "rollback-operator.clusterName" .) "" (and .Values.priorityClass.create (not .Values.namespaced)) -}}
{{- .Values.priorityClass.name | default $own -}}
{{- end -}}
